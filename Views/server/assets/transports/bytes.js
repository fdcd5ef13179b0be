/** How many bytes data take on their way: text goes as UTF-8. */
export const byteLength = (data = '') => data.byteLength ?? new TextEncoder().encode(data).length;
