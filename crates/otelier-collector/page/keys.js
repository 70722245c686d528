// What the keys do, and how to ask.

import { h } from './dom.js';

const KEYS = [
	['/', 'to the query'], ['j k ↓ ↑', 'next, previous row'], ['Enter', 'open'], ['Esc', 'close, back to the list'],
	['h l ← →', 'fold, unfold'], ['[ ]', 'fold all, unfold all'], ['n N', 'next, previous match'],
	['+ − 0', 'closer, wider, the whole trace'], ['g then t l m p e a', 'traces, logs, metrics, map, errors, AI'],
	['x', 'choose two traces to compare'], ['Space', 'pause, go on'], ['c', 'copy the link'],
	['Ctrl F', 'search in the trace'], ['?', 'this'],
];
const QUERIES = [
	['timeout', 'any text that contains it'], ['service:api status:error', 'both, anywhere in the trace'],
	['one(service:api status:error)', 'both in one span'], ['duration>200ms', 'longer than'],
	['http.route~orders', 'an attribute contains'], ['level>=warn', 'log lines'],
	['-kind:internal', 'not'], ['a or (b c)', 'either'],
];

const table = (rows, tag) => h('dl.keys', {}, rows.map(([left, right]) => [h('dt', {}, h(tag, {}, left)), h('dd', {}, right)]));

export function showKeys() {
	const close = h('button', { onclick: () => dialog.close() }, 'Close');
	const dialog = h('dialog', { 'aria-labelledby': 'keys-title', onclose: () => dialog.remove() },
		h('div.head', {}, h('h2', { id: 'keys-title' }, 'Keys'), close),
		table(KEYS, 'kbd'), h('h2', {}, 'Queries'), table(QUERIES, 'code'));
	document.body.append(dialog);
	dialog.showModal();
}
