/** A form for a product. */

import { FieldForm } from './fieldform.js';

const lines = (text) => text.split('\n').map((line) => line.trim()).filter(Boolean);

export class ProductForm extends FieldForm {
  /** The fields as a command takes them. */
  get fields() {
    const { title, code, price, stock, description, category, thumbnails, status } = this.form.elements;
    return {
      title: title.value.trim(),
      code: code.value.trim(),
      price: price.valueAsNumber,
      stock: stock.valueAsNumber,
      status: status.checked,
      description: description.value.trim(),
      category: category.value.trim(),
      thumbnails: lines(thumbnails.value),
    };
  }
}
