// The whole trace in small, with the part that is looked at.

import { s, h } from './dom.js';

const TALL = 40;
const BARS = 400;

export class Minimap {
	constructor({ zoom }) {
		this.zoom = zoom;
		this.svg = s('svg', { viewBox: `0 0 1000 ${TALL}`, preserveAspectRatio: 'none', class: 'mini', role: 'img', 'aria-label': 'The whole trace; drag to look at a part' });
		this.bars = s('g');
		this.part = s('rect', { class: 'area', y: 0, height: TALL });
		this.svg.append(this.bars, this.part);
		this.element = h('div.mini-holder', {}, this.svg);
		this.svg.addEventListener('pointerdown', (event) => this.#drag(event));
	}

	set(model, [a, b]) {
		this.part.setAttribute('x', a * 1000);
		this.part.setAttribute('width', (b - a) * 1000);
		this.part.setAttribute('visibility', b - a < 1 ? 'visible' : 'hidden');
		if (this.model === model) return;
		this.model = model;
		const all = [...model.nodes.values()];
		const every = Math.ceil(all.length / BARS);
		const shown = all.filter((_, i) => i % every === 0).sort((x, y) => x.start - y.start);
		const step = Math.min(4, TALL / Math.max(shown.length, 1));
		this.bars.replaceChildren(...shown.map((node, i) => s('rect', {
			x: (node.start / model.length) * 1000, width: Math.max(1, ((node.end - node.start) / model.length) * 1000),
			y: i * step, height: Math.max(1, step * 0.75), class: node.span.status === 'error' ? 'mini-bad' : 'mini-bar',
		})));
	}

	#drag(event) {
		const box = this.svg.getBoundingClientRect();
		const at = (e) => Math.max(0, Math.min(1, (e.clientX - box.left) / box.width));
		const from = at(event);
		this.svg.setPointerCapture(event.pointerId);
		const end = (e) => {
			const to = at(e);
			this.zoom(Math.abs(to - from) < 0.005 ? [0, 1] : [Math.min(from, to), Math.max(from, to)]);
		};
		this.svg.addEventListener('pointerup', end, { once: true });
	}
}
