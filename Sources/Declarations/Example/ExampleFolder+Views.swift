extension ExampleFolder {
    static let ordersPage = """
        <h1>Orders</h1>
        {{#unless @at}}
        <form class="card fields" method="post" action="/commands/order.place">
        <input type="hidden" name="_next" value="/orders">
        <p><label for="order">Number</label> <input id="order" name="order" required pattern="[A-Za-z0-9\\-]+" size="6"></p>
        <p><label for="customer">Customer</label> <input id="customer" name="customer" required maxlength="100"></p>
        <p><label for="total">Total</label> <input id="total" name="total" type="number" required min="0" step="0.01"></p>
        <button>Place order</button>
        </form>
        {{/unless}}
        <nav class="filter" aria-label="Filter">
        <a href="/orders{{#if @at}}?at={{@at}}{{/if}}">All</a>
        <a href="/orders?status=placed{{#if @at}}&amp;at={{@at}}{{/if}}">Placed</a>
        <a href="/orders?status=paid{{#if @at}}&amp;at={{@at}}{{/if}}">Paid</a>
        <a href="/orders?status=cancelled{{#if @at}}&amp;at={{@at}}{{/if}}">Cancelled</a>
        <span>{{@total}} {{#if @query.status}}{{@query.status}}{{else}}in all{{/if}}</span>
        </nav>
        <div class="rows" role="region" aria-label="Orders" tabindex="0">
        <table>
        <thead><tr><th scope="col">Order</th><th scope="col">Customer</th><th scope="col" class="number">Total</th><th scope="col">Status</th></tr></thead>
        <tbody>
        {{#each rows}}
        {{> order-row}}
        {{else}}
        <tr><td colspan="4">No orders yet.</td></tr>
        {{/each}}
        </tbody>
        </table>
        </div>

        """

    static let orderRow = """
        <tr data-key="{{@key}}">
        <td><a href="/orders/{{url @key}}{{#if @at}}?at={{@at}}{{/if}}">{{@key}}</a></td>
        <td>{{customer}}</td>
        <td class="number">{{total}}</td>
        <td><span class="status {{status}}">{{status}}</span></td>
        </tr>

        """

    static let orderPage = """
        <p><a href="/orders{{#if @at}}?at={{@at}}{{/if}}">All orders</a></p>
        <h1>Order {{@key}} <span class="status {{status}}">{{status}}</span></h1>
        <dl class="card">
        <dt>Customer</dt><dd>{{customer}}</dd>
        <dt>Total</dt><dd class="number">{{total}}</dd>
        {{#if paid}}
        <dt>Paid</dt><dd class="number">{{paid}}</dd>
        {{/if}}
        <dt>Placed</dt><dd><time datetime="{{placed}}">{{placed}}</time></dd>
        </dl>
        {{#unless @at}}
        {{#if isOpen}}
        <div class="actions">
        <form method="post" action="/commands/order.pay">
        <input type="hidden" name="order" value="{{@key}}">
        <input type="hidden" name="amount" value="{{total}}">
        <input type="hidden" name="_next" value="/orders/{{url @key}}">
        <button>Pay {{total}}</button>
        </form>
        <form method="post" action="/commands/order.cancel">
        <input type="hidden" name="order" value="{{@key}}">
        <input type="hidden" name="_next" value="/orders/{{url @key}}">
        <button class="quiet">Cancel order</button>
        </form>
        </div>
        {{/if}}
        {{/unless}}

        """

    static let customersPage = """
        <h1>Customers</h1>
        <div class="rows" role="region" aria-label="Customers" tabindex="0">
        <table>
        <thead><tr><th scope="col">Customer</th><th scope="col" class="number">Orders</th><th scope="col" class="number">Spent</th><th scope="col">Latest order</th></tr></thead>
        <tbody>
        {{#each rows}}
        {{> customer-row}}
        {{else}}
        <tr><td colspan="4">No customers yet.</td></tr>
        {{/each}}
        </tbody>
        </table>
        </div>

        """

    static let customerRow = """
        <tr data-key="{{@key}}">
        <td>{{@key}}</td>
        <td class="number">{{orders}}</td>
        <td class="number">{{spent}}</td>
        <td><time datetime="{{latest}}">{{latest}}</time></td>
        </tr>

        """

    static let layout = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{title}}{{#if @key}} {{@key}}{{/if}}</title>
        <link rel="stylesheet" href="{{asset "orders.css"}}">
        </head>
        <body>
        <nav class="pages" aria-label="Pages">
        <a href="/orders">Orders</a>
        <a href="/customers">Customers</a>
        <a href="/log">Log</a>
        </nav>
        <main>
        {{#if @at}}
        <p class="past">As of offset {{@at}}. <a href="?">Show the newest state</a></p>
        {{/if}}
        {{{body}}}
        </main>
        </body>
        </html>

        """

    static let stylesheet = """
        :root {
          color-scheme: light dark;
          --text: light-dark(#1d2433, #e6e8ee);
          --muted: light-dark(#5b6478, #a1a9bb);
          --ground: light-dark(#f6f7f9, #12161f);
          --surface: light-dark(#ffffff, #1a202c);
          --rule: light-dark(#dde1e8, #2d3545);
          --accent: light-dark(#2a5bd7, #8fb0ff);
          --good: light-dark(#17693f, #6fd39c);
          --bad: light-dark(#a3202c, #ff938d);
        }

        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 56rem; padding: 1rem 1.5rem 3rem; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
        h1 { margin: 1.5rem 0 1rem; font-size: 1.75rem; line-height: 1.2; overflow-wrap: anywhere; }
        a { color: var(--accent); }
        .pages { display: flex; gap: 1.25rem; padding-bottom: .75rem; border-bottom: 1px solid var(--rule); }

        .card { margin: 0 0 1.5rem; padding: 1rem 1.25rem; background: var(--surface); border: 1px solid var(--rule); border-radius: 8px; }
        .fields { display: flex; flex-wrap: wrap; align-items: end; gap: .75rem 1rem; }
        .fields p { margin: 0; }
        label { display: block; color: var(--muted); font-size: .875rem; }
        input { padding: .45rem .6rem; border: 1px solid var(--muted); border-radius: 5px; background: var(--ground); color: inherit; font: inherit; }
        button { padding: .5rem 1rem; border: 1px solid var(--accent); border-radius: 5px; background: var(--accent); color: var(--surface); font: 600 1rem/1.4 system-ui, sans-serif; cursor: pointer; }
        button.quiet { background: none; border-color: var(--muted); color: inherit; font-weight: 400; }
        .actions { display: flex; flex-wrap: wrap; gap: .75rem; }
        .filter { display: flex; flex-wrap: wrap; gap: 1rem; margin-bottom: .75rem; }
        .filter span { margin-left: auto; color: var(--muted); }

        .past { color: var(--muted); }

        .rows { overflow-x: auto; }
        table { width: 100%; border-collapse: collapse; background: var(--surface); border: 1px solid var(--rule); }
        th, td { padding: .6rem .9rem; border-bottom: 1px solid var(--rule); text-align: left; }
        th { color: var(--muted); font-size: .875rem; font-weight: 600; }
        .number { font-variant-numeric: tabular-nums; }
        th.number, td.number { text-align: right; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.5rem; }
        dt { color: var(--muted); }
        dd { margin: 0; overflow-wrap: anywhere; }

        .status { font-size: 1rem; font-weight: 600; color: var(--accent); }
        .status.paid { color: var(--good); }
        .status.cancelled { color: var(--bad); }

        """
}
