// Where the time went: spans of one name under equal parents as one box.

import { h, hue, visible } from './dom.js';
import { duration } from './format.js';
import { merged } from './model.js';

const BOXES = 1500;
const LEAST = 0.001;

/** A flame of the trace; a click opens the first span of a box. */
export function flame(model, open) {
	const root = merged(model);
	const tops = [...root.children.values()];
	const whole = tops.reduce((sum, one) => sum + one.took, 0) || 1;
	const boxes = [];
	const todo = [[tops, 0, 1, 0]];
	let deepest = 0;
	while (todo.length && boxes.length < BOXES) {
		const [list, from, width, depth] = todo.shift();
		const sum = list.reduce((all, one) => all + one.took, 0) || 1;
		// Children that run beside each other take more time than their parent; they share its width.
		const scale = Math.min(1 / whole, width / sum);
		let at = from;
		for (const one of list.sort((a, b) => b.took - a.took)) {
			const wide = one.took * scale;
			if (wide < LEAST || boxes.length >= BOXES) break;
			deepest = Math.max(deepest, depth);
			const label = `${visible(one.name, 80)}${one.count > 1 ? ` ×${one.count}` : ''}`;
			const title = `${label}: ${duration(one.took / 1e6)}, self ${duration(one.own / 1e6)}${one.errors ? `, ${one.errors} failed` : ''}`;
			boxes.push(h(`button.flame-box.${hue(one.service)}${one.errors ? '.error' : ''}`, {
				title, 'aria-label': title, onclick: () => open(one.first),
				css: { left: `${at * 100}%`, width: `${wide * 100}%`, top: `${depth * 1.75}rem` },
			}, wide > 0.04 ? label : ''));
			todo.push([[...one.children.values()], at, wide, depth + 1]);
			at += wide;
		}
	}
	return h('div.flame-holder', { tabindex: 0, 'aria-label': 'Flame', role: 'group' }, h('p.mute', {}, 'Width is time; spans of one name under equal parents are one box.'),
		h('div.flame', { css: { height: `${(deepest + 1) * 1.75}rem` } }, boxes));
}
