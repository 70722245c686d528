// Rows of log lines.

import { h, columns, dot, visible } from './dom.js';
import { clock, msOf, text } from './format.js';
import { Rows } from './rows.js';
import { levelOf } from './waterfall.js';

/** A list of log lines: `set(list)`, `press(event)`, `stop()`. */
export function logTable({ label, pick, open, end }) {
	let list = [];
	const host = h('div', { 'aria-label': label }, columns('log-cols', 'Time', 'Level', 'Service', 'Line'));
	const name = (log) => log.seq ?? `${log.timeUnixNano}${log.spanId}`;
	const rows = new Rows(host, {
		role: 'grid', rem: 1.75, end,
		key: (i) => `${name(list[i])}-${list[i].seq === undefined ? i : ''}`,
		draw: (i) => {
			const log = list[i];
			const level = levelOf(log.severity);
			const words = visible(text(log.body ?? log.eventName ?? ''), 400);
			return h(`div.log-cols.of-${level}`, {}, h('span.time', {}, clock(msOf(log.timeUnixNano))),
				h('span', {}, h(`span.level.${level}`, {}, level)), h('span.services', {}, dot(log.service), h('span', {}, visible(log.service, 40))),
				h('span.what', { title: words }, words));
		},
		pick: (i) => pick(list[i]),
		open: (i) => open?.(list[i]),
	});
	return {
		element: host, host, rows,
		set(to) {
			const chosen = list[rows.at];
			list = to;
			rows.at = chosen ? list.findIndex((log) => log === chosen || (log.seq !== undefined && log.seq === chosen.seq)) : -1;
			rows.set(list.length);
		},
		press: (event) => rows.press(event),
		stop: () => rows.stop(),
	};
}
