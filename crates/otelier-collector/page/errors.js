// What failed, equal failures as one line.

import { h, s, visible, service } from './dom.js';
import { ask, spanAt } from './api.js';
import { clock, msOf } from './format.js';
import { View } from './view.js';

/** Thirty minutes as bars. */
function bars(numbers) {
	const most = Math.max(1, ...numbers);
	return s('svg', { class: 'bars', viewBox: `0 0 ${numbers.length * 4} 20`, role: 'img', 'aria-label': `the last ${numbers.length} minutes, at most ${most} in one` },
		numbers.map((n, i) => {
			const tall = n && Math.max(2, (n / most) * 20);
			return s('rect', { x: i * 4, y: 20 - tall, width: 3, height: tall });
		}));
}

class Errors extends View {
	#open = new Set();

	constructor() { super({ title: 'Errors', hint: 'service:api timeout', kinds: ['spans', 'logs'], every: 2000 }); }

	body_() { return h('div.page', {}); }

	#stack({ stacktrace, service, name, type, frame }) {
		const key = [service, name, type, frame].join('\n');
		return stacktrace && h('details', { open: this.#open.has(key), ontoggle: (event) => this.#open[event.target.open ? 'add' : 'delete'](key) },
			h('summary', {}, 'Stack'), h('pre', { tabindex: 0 }, visible(stacktrace, 9000)));
	}

	async load(signal) {
		const page = await ask('/api/errors', { query: this.query, limit: 200 }, signal);
		this.body.replaceChildren(page.errors.length ? h('ul.errors', {}, page.errors.map((one) => h('li', {},
			h('div.error-what', {}, h('a', { href: spanAt(one) }, h('span.bad', {}, `✕ ${visible(one.type || 'error', 120)}`)),
				h('p', {}, visible(one.message, 400)), one.frame && h('p.mute', {}, h('code', {}, visible(one.frame, 200))),
				this.#stack(one), h('p.mute', {}, service(one.service, 60), ' · ', visible(one.name, 120))),
			bars(one.perMinute), h('span.count', {}, String(one.count), h('span.away', {}, ' times')), h('span.time', {}, clock(msOf(one.lastTimeUnixNano)))))) : h('div.none', {}, this.query ? 'No error matches.' : 'No errors.'));
	}
}

customElements.define('o-errors', Errors);
