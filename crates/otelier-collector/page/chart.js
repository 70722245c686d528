// Lines and heat over time.

import { s, h } from './dom.js';
import { spanAt } from './api.js';
import { amount, clock, ends, msOf, steps } from './format.js';

const WIDE = 720;
const TALL = 200;
const LEFT = 72;
const COLUMNS = 120;
const tone = (i) => `hue${[0, 3, 4, 1, 2, 6, 5, 8][i % 8]}`;

const frame = (label) => s('svg', { class: 'chart', viewBox: `0 0 ${WIDE} ${TALL}`, role: 'img', 'aria-label': label });

const finite = (points) => points.filter(([, value]) => Number.isFinite(value));
const through = (points, x, y) => points.map(([ms, value], i) => `${i ? 'L' : 'M'}${x(ms).toFixed(1)} ${y(value).toFixed(1)}`).join('');
/** Words that end there. */
const label = (x, y, words) => s('text', { x, y, 'text-anchor': 'end' }, words);
const figure = (name, ...parts) => h('figure', {}, h('figcaption', {}, name), ...parts);

function times(svg, from, to) {
	svg.append(s('text', { x: LEFT, y: TALL - 4 }, clock(from).slice(0, 8)), label(WIDE - 4, TALL - 4, clock(to).slice(0, 8)));
}

/** Lines `[{ name, points: [[ms, value]…] }]`, each with a class `line0`, `line1` … and its name beside the colour. */
export function lines(name, list, unit) {
	const svg = frame(name);
	const all = finite(list.flatMap(({ points }) => points));
	if (!all.length) return figure(name, h('p.none', {}, 'Two points are needed; wait a little.'));
	const [from, to] = ends(all.map(([ms]) => ms));
	const [least, top] = ends([0, ...all.map(([, value]) => value)]);
	const most = top || 1;
	const x = (ms) => LEFT + ((ms - from) / Math.max(to - from, 1)) * (WIDE - LEFT - 8);
	const y = (value) => TALL - 24 - ((value - least) / (most - least)) * (TALL - 36);
	for (const at of steps(most - least, 4)) {
		const value = least + at;
		if (value > most * 1.001) continue;
		svg.append(s('line', { class: 'grid', x1: LEFT, x2: WIDE, y1: y(value), y2: y(value) }), label(LEFT - 6, y(value) + 4, amount(value, unit.replace(/^\{.*/, ''))));
	}
	times(svg, from, to);
	for (const [i, { points }] of list.entries()) {
		const seen = finite(points);
		if (!seen.length) continue;
		const d = through(seen, x, y);
		svg.append(seen.length === 1 ? s('circle', { class: `dot-line ${tone(i)}`, cx: x(seen[0][0]), cy: y(seen[0][1]), r: 3 }) : s('path', { class: `line ${tone(i)}`, d }));
	}
	return figure(name, svg, h('ul.legend', {}, list.map(({ name, points }, i) => h('li', {}, h(`span.key.${tone(i)}`, { 'aria-hidden': 'true' }), ' ', name, ' ', h('b.num', {}, amount(points.at(-1)?.[1], unit))))));
}

/** Counts by bucket and time; darker is more. Dots lead to traces. */
export function heat(name, { bounds, columns }, dots, unit) {
	const svg = frame(name);
	const shown = columns.slice(-COLUMNS);
	const used = [...bounds.keys(), bounds.length].filter((i) => shown.some(([, counts]) => counts[i] > 0));
	if (!used.length) return null;
	const [low, high] = [used[0], used.at(-1)];
	const count = high - low + 1;
	const most = Math.max(1, ...shown.flatMap(([, counts]) => counts));
	const [wide, tall] = [(WIDE - LEFT - 8) / shown.length, (TALL - 36) / count];
	for (const [x, [, counts]] of shown.entries()) {
		for (let i = low; i <= high; i += 1) {
			if (!counts[i]) continue;
			svg.append(s('rect', { class: 'heat hue0', x: LEFT + x * wide, y: TALL - 24 - (i - low + 1) * tall, width: Math.max(1, wide - 0.5), height: Math.max(1, tall - 0.5), 'fill-opacity': (0.15 + 0.85 * Math.sqrt(counts[i] / most)).toFixed(2) }));
		}
	}
	for (let i = low; i <= high; i += Math.ceil(count / 6)) {
		svg.append(label(LEFT - 6, TALL - 26 - (i - low) * tall, i < bounds.length ? `≤ ${amount(bounds[i], unit)}` : `> ${amount(bounds.at(-1), unit)}`));
	}
	for (const { timeUnixNano, value, traceId, spanId } of dots) {
		// It came with the points that were read next.
		const at = msOf(timeUnixNano);
		const x = at > shown[0][0] - 6e4 ? shown.findIndex(([ms]) => ms + 2500 >= at) : -1;
		const i = [...bounds, Infinity].findIndex((bound) => value <= bound) - low;
		if (x < 0 || i < 0 || i >= count) continue;
		svg.setAttribute('role', 'group');
		svg.append(s('a', { href: spanAt({ traceId, spanId }) }, s('title', {}, `${amount(value, unit)}, to its trace`),
			s('circle', { class: 'point hue3', cx: LEFT + (x + 0.5) * wide, cy: TALL - 24 - (i + 0.5) * tall, r: 4 })));
	}
	times(svg, shown[0][0], shown.at(-1)[0]);
	return figure(name, svg);
}

/** A line without words beside a name. */
export function spark(points) {
	const seen = finite(points);
	const svg = s('svg', { class: 'spark', viewBox: '0 0 96 20', 'aria-hidden': 'true' });
	if (seen.length < 2) return svg;
	const [least, most] = ends(seen.map(([, value]) => value));
	const [from, to] = [seen[0][0], seen.at(-1)[0]];
	const d = through(seen, (ms) => ((ms - from) / Math.max(to - from, 1)) * 94 + 1, (value) => 18 - ((value - least) / (most - least || 1)) * 16);
	svg.append(s('path', { class: 'line hue0', d }));
	return svg;
}
