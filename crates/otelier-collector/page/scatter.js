// Traces as points: when, and how long. Drag takes a part, click opens one.

import { s, h, hue, visible, seldom } from './dom.js';
import { clock, duration, ends, msOf } from './format.js';

const POINTS = 400;
const TALL = 96;

export class Scatter {
	constructor({ open, area }) {
		this.open = open;
		this.area = area;
		this.svg = s('svg', { class: 'scatter', role: 'img', 'aria-label': 'Traces by time and duration' });
		this.element = h('div.plot', {}, this.svg);
		this.list = [];
		this.later = seldom(1000, () => this.draw());
		this.size = new ResizeObserver(() => this.draw());
		this.size.observe(this.element);
		this.svg.addEventListener('pointerdown', (event) => this.#press(event));
	}

	set(list) { this.list = list.slice(0, POINTS); this.later(); }
	stop() { this.size.disconnect(); this.later.stop(); }

	draw() {
		const wide = this.element.clientWidth;
		if (!wide || !this.element.isConnected) return;
		this.svg.setAttribute('viewBox', `0 0 ${wide} ${TALL}`);
		this.svg.replaceChildren();
		if (!this.list.length) return;
		const times = this.list.map((one) => msOf(one.startTimeUnixNano));
		const lengths = this.list.map((one) => Math.max(one.durationMs, 0.001));
		const [from, to] = ends(times);
		const [least, most] = ends(lengths).map(Math.log10);
		const span = Math.max(most - least, 0.5);
		const left = 64;
		this.x = { from, by: (wide - left - 12) / Math.max(to - from, 1), left };
		this.y = { least, by: (TALL - 36) / span };
		const place = (i) => [left + (times[i] - from) * this.x.by, TALL - 24 - (Math.log10(lengths[i]) - least) * this.y.by];
		for (const at of [0, 0.5, 1]) {
			const y = TALL - 24 - at * (TALL - 36);
			this.svg.append(s('line', { x1: left - 4, x2: wide, y1: y, y2: y, class: 'grid' }),
				s('text', { x: left - 8, y: y + 4, 'text-anchor': 'end' }, duration(10 ** (least + at * span))));
		}
		this.svg.append(s('text', { x: left, y: TALL - 6 }, clock(from)), s('text', { x: wide - 4, y: TALL - 6, 'text-anchor': 'end' }, clock(to)));
		for (let i = this.list.length - 1; i >= 0; i -= 1) {
			const one = this.list[i];
			const [x, y] = place(i);
			const title = s('title', {}, `${visible(one.name ?? '', 80)} ${duration(one.durationMs)}`);
			const point = one.errorCount
				? s('path', { d: `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`, class: 'point cross' }, title)
				: s('circle', { cx: x, cy: y, r: 3.5, class: `point ${hue(one.service)}` }, title);
			point.dataset.at = i;
			this.svg.append(point);
		}
	}

	#press(event) {
		const at = event.target.closest('[data-at]')?.dataset.at;
		const box = this.svg.getBoundingClientRect();
		const from = [event.clientX - box.left, event.clientY - box.top];
		const area = s('rect', { class: 'area' });
		this.svg.append(area);
		this.svg.setPointerCapture(event.pointerId);
		const edges = (to) => [0, 1].map((i) => [Math.min(from[i], to[i]), Math.max(from[i], to[i])]);
		const place = (e) => [e.clientX - box.left, e.clientY - box.top];
		const move = (e) => {
			const [[x1, x2], [y1, y2]] = edges(place(e));
			for (const [name, value] of Object.entries({ x: x1, y: y1, width: x2 - x1, height: y2 - y1 })) area.setAttribute(name, value);
		};
		const end = (e) => {
			this.svg.removeEventListener('pointermove', move);
			area.remove();
			const [[x1, x2], [y1, y2]] = edges(place(e));
			if (x2 - x1 < 4 && y2 - y1 < 4) { if (at !== undefined) this.open(this.list[at]); return; }
			if (e.type === 'pointercancel' || !this.x) return;
			const time = (x) => Math.round(this.x.from + (x - this.x.left) / this.x.by);
			const length = (y) => Number((10 ** (this.y.least + (TALL - 24 - y) / this.y.by)).toPrecision(4));
			this.area({ from: time(x1), to: time(x2), over: length(y2), under: length(y1) });
		};
		this.svg.addEventListener('pointermove', move);
		this.svg.addEventListener('pointerup', end, { once: true });
		this.svg.addEventListener('pointercancel', end, { once: true });
	}
}
