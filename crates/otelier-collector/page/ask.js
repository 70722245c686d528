// The line for a query: checked while it is written, asked when it is right.

import { h } from './dom.js';
import { parse, Mistake } from './query.js';

let boxes = 0;

/** `changed(text)` is called with every query that can be read. */
export class AskBox {
	constructor({ label, hint, changed, wait = 300 }) {
		boxes += 1;
		this.wrong = h('p.wrong', { id: `wrong${boxes}`, role: 'status' });
		this.input = h('input', {
			type: 'search', 'aria-label': label, placeholder: hint, autocomplete: 'off', spellcheck: 'false',
			autocapitalize: 'off', maxlength: 1000, 'aria-describedby': this.wrong.id,
			oninput: () => { clearTimeout(this.timer); if (this.check()) this.timer = setTimeout(() => changed(this.input.value.trim()), wait); },
			onkeydown: (event) => {
				if (event.key !== 'Enter' || !this.check()) return;
				clearTimeout(this.timer);
				changed(this.input.value.trim());
				this.entered?.(event);
			},
		});
		this.element = h('div.ask', { role: 'search' }, this.input, this.wrong);
	}

	/** What the address says, unless someone is writing. */
	set(text) {
		if (document.activeElement === this.input && this.input.value.trim() === text) return;
		this.input.value = text;
		this.check();
	}

	check() {
		try { parse(this.input.value); } catch (error) {
			if (!(error instanceof Mistake)) throw error;
			this.refuse(error.message, error.column);
			return false;
		}
		this.refuse('');
		return true;
	}

	/** Says why there is no answer: here if it is for the query. */
	fail(error, say) {
		if (error.column) this.refuse(error.message, error.column);
		else say(`${error.message}.`);
	}

	/** Says what is wrong, and where. */
	refuse(words, column) {
		this.wrong.textContent = words && (column ? `Column ${column}: ${words}.` : `${words}.`);
		this.input.setAttribute('aria-invalid', String(Boolean(words)));
	}
}
