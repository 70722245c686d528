// A list of any length: only the rows in sight are elements.

import { h, oncePerFrame } from './dom.js';

const AROUND = 20;
const PRINTED = 1000;
let lists = 0;

/**
 * Rows of one height inside `host`, which scrolls and holds the focus for all of them.
 * `key(i)` names a row, `mark(i)` tells when it has to be drawn anew, `draw(i)` makes it.
 */
export class Rows {
	constructor(host, { role, rem = 1.75, key, mark, draw, attributes, pick, open, end }) {
		Object.assign(this, { host, rem, key, mark, draw, attributes, pick, open, end });
		lists += 1;
		this.prefix = `row${lists}-`;
		this.count = 0;
		this.at = -1;
		this.drawn = new Map();
		this.space = h('div.space', { role: 'rowgroup' });
		host.classList.add('rows');
		host.tabIndex = 0;
		host.setAttribute('role', role);
		host.append(this.space);
		this.refresh = oncePerFrame(() => this.render());
		host.addEventListener('scroll', this.refresh, { passive: true });
		host.addEventListener('mousedown', (event) => {
			const row = event.target.closest('[data-row]');
			if (row && this.space.contains(row)) this.select(Number(row.dataset.row), { user: true });
		});
		this.size = new ResizeObserver(this.refresh);
		this.size.observe(host);
		this.print = ({ type }) => { this.printing = type === 'beforeprint'; this.render(); };
		addEventListener('beforeprint', this.print);
		addEventListener('afterprint', this.print);
	}

	stop() {
		this.stopped = true;
		this.size.disconnect();
		removeEventListener('beforeprint', this.print);
		removeEventListener('afterprint', this.print);
	}

	get height() { return Math.round(this.rem * parseFloat(getComputedStyle(document.documentElement).fontSize)); }
	get atTop() { return this.host.scrollTop < 4; }
	get page() { return Math.max(1, Math.floor(this.host.clientHeight / this.height) - 1); }

	set(count) {
		this.count = count;
		this.grow();
		if (this.at >= count) this.at = count - 1;
		this.refresh();
	}

	/** Now: who scrolls before the next frame scrolls in all of it. */
	grow() {
		this.host.setAttribute('aria-rowcount', this.count);
		this.space.style.height = `${this.count * this.height}px`;
	}

	select(index, { user = false } = {}) {
		if (!this.count) return;
		this.at = Math.max(0, Math.min(index, this.count - 1));
		this.reveal(this.at);
		this.render();
		this.pick?.(this.at, user);
	}

	reveal(index) {
		const top = index * this.height;
		const { scrollTop, clientHeight } = this.host;
		if (top < scrollTop) this.host.scrollTop = top;
		else if (top + this.height > scrollTop + clientHeight) this.host.scrollTop = top + this.height - clientHeight;
	}

	render() {
		if (this.stopped) return;
		const height = this.height;
		const { scrollTop, clientHeight } = this.host;
		let from = Math.max(0, Math.floor(scrollTop / height) - AROUND);
		let to = Math.min(this.count, Math.ceil((scrollTop + clientHeight) / height) + AROUND);
		if (this.printing) { from = 0; to = Math.min(this.count, PRINTED); }
		this.grow();
		const keep = new Map();
		for (let i = from; i < to; i += 1) {
			const key = this.key(i);
			const mark = this.mark?.(i) ?? 0;
			let row = this.drawn.get(key);
			if (!row || row.mark !== mark) {
				row?.element.remove();
				row = { element: this.draw(i), mark, place: -1 };
				row.element.classList.add('row');
				row.element.setAttribute('role', 'row');
				for (const cell of row.element.children) cell.setAttribute('role', 'gridcell');
				this.space.append(row.element);
			}
			if (row.place !== i) {
				row.place = i;
				row.element.dataset.row = i;
				row.element.id = this.prefix + i;
				row.element.setAttribute('aria-rowindex', i + 1);
				row.element.style.transform = `translateY(${i * height}px)`;
				row.element.style.height = `${height}px`;
			}
			const chosen = i === this.at;
			if (row.chosen !== chosen) { row.chosen = chosen; row.element.setAttribute('aria-selected', chosen); }
			for (const [name, value] of Object.entries(this.attributes?.(i) ?? {})) {
				if (value === null) row.element.removeAttribute(name);
				else if (row.element.getAttribute(name) !== String(value)) row.element.setAttribute(name, value);
			}
			keep.set(key, row);
		}
		for (const [key, row] of this.drawn) if (!keep.has(key)) row.element.remove();
		this.drawn = keep;
		if (this.at >= from && this.at < to) this.host.setAttribute('aria-activedescendant', this.prefix + this.at);
		else this.host.removeAttribute('aria-activedescendant');
		if (to === this.count && this.count) this.end?.();
	}

	/** Keys that every list has; true if it was one. */
	press(event) {
		const moves = {
			j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: this.page, PageUp: -this.page, Home: -Infinity, End: Infinity,
		};
		const by = moves[event.key];
		if (by !== undefined) {
			this.select(this.at < 0 && by < 2 ? 0 : Math.max(this.at, 0) + by, { user: true });
			return true;
		}
		if (event.key === 'Enter' && this.at >= 0) { this.open?.(this.at); return true; }
		return false;
	}
}
