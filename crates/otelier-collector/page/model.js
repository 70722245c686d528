// A trace as a tree, and its rows in sight.

import { ns } from './format.js';

/**
 * Nodes of spans: `{ kind: 'span', span, id, start, end, children, logs }`, times in nanoseconds since the
 * trace began. A span whose parent is not here is a root; one of a circle too.
 */
export function tree(trace) {
	const offset = ns(trace.offsetUnixNano ?? trace.startTimeUnixNano);
	const since = (time) => Number(ns(time) - offset);
	const nodes = new Map();
	for (const span of trace.spans) {
		const start = span.omitted ? 0 : since(span.startTimeUnixNano);
		const end = span.omitted ? 0 : Math.max(start, since(span.endTimeUnixNano));
		nodes.set(span.spanId, { kind: 'span', id: span.spanId, span, start, end, children: [], logs: [], parent: null, fold: Number.isInteger(span.group) && `fold-${span.group}` });
	}
	const roots = [];
	for (const node of nodes.values()) {
		const parent = nodes.get(node.span.parentSpanId);
		if (parent && parent !== node) { node.parent = parent; parent.children.push(node); } else roots.push(node);
	}
	const reached = new Set();
	const reach = (from) => {
		const open = [];
		for (let node = from; node; node = open.pop()) {
			if (reached.has(node)) continue;
			reached.add(node);
			for (const child of node.children) open.push(child);
		}
	};
	roots.forEach(reach);
	for (const node of nodes.values()) {
		if (reached.has(node)) continue;
		node.parent.children = node.parent.children.filter((child) => child !== node);
		node.parent = null;
		roots.push(node);
		reach(node);
	}
	const loose = [];
	for (const [at, log] of trace.logs.entries()) {
		const row = { kind: 'log', id: `log${at}`, log, start: since(log.timeUnixNano), end: since(log.timeUnixNano) };
		const node = nodes.get(log.spanId);
		row.parent = node ?? null;
		(node ? node.logs : loose).push(row);
	}
	const byStart = (a, b) => a.start - b.start;
	for (const node of nodes.values()) { node.children.sort(byStart); node.logs.sort(byStart); }
	roots.sort(byStart);
	let last = 1;
	for (const node of nodes.values()) last = Math.max(last, node.end);
	return { nodes, roots, loose: loose.sort(byStart), length: last * 1.02 };
}

/** Children with those that the collector has found alike joined into one. */
function folded(node, children) {
	if (!children.some((one) => one.fold)) return children;
	const found = [];
	for (const [fold, list] of Map.groupBy(children, (one) => one.fold)) {
		if (!fold) { found.push(...list); continue; }
		found.push({
			kind: 'group', id: fold, members: list, span: list[0].span, parent: node, logs: [],
			start: list[0].start, end: list.reduce((most, one) => Math.max(most, one.end), 0),
			took: list.reduce((sum, one) => sum + one.end - one.start, 0),
			errors: list.filter((one) => one.span.status === 'error').length,
		});
	}
	return found.sort((a, b) => a.start - b.start);
}

/** The rows to show: `{ node, depth, open }`, `open` is null where nothing is below. */
export function rows(model, { fold, logs, closed, opened }) {
	const found = [];
	const todo = [];
	const put = (list, depth, parent) => {
		const spans = fold ? folded(parent, list) : list;
		const all = logs && parent ? [...spans, ...parent.logs].sort((a, b) => a.start - b.start) : spans;
		for (let i = all.length - 1; i >= 0; i -= 1) todo.push([all[i], depth, i + 1, all.length]);
	};
	put(model.roots, 1, null);
	while (todo.length) {
		const [node, depth, place, of] = todo.pop();
		const below = node.kind === 'group' ? node.members.length
			: node.kind === 'span' ? node.children.length + (logs ? node.logs.length : 0) : 0;
		const open = below === 0 ? null : node.kind === 'group' ? opened.has(node.id) : !closed.has(node.id);
		found.push({ node, depth, open, place, of, below });
		if (!open) continue;
		if (node.kind === 'group') {
			for (let i = node.members.length - 1; i >= 0; i -= 1) todo.push([node.members[i], depth + 1, i + 1, node.members.length]);
		} else put(node.children, depth + 1, node);
	}
	if (logs) for (const [i, node] of model.loose.entries()) found.push({ node, depth: 1, open: null, place: i + 1, of: model.loose.length, below: 0 });
	return found;
}

/** Stretches of a span in which none of its children runs. */
export function own(node) {
	const found = [];
	let at = node.start;
	for (const child of node.children) {
		const from = Math.max(child.start, node.start);
		if (from > at) found.push([at, Math.min(from, node.end)]);
		at = Math.max(at, Math.min(child.end, node.end));
		if (at >= node.end) break;
	}
	if (at < node.end) found.push([at, node.end]);
	return found;
}

/** Spans of one name, service and kind under equal parents as one: for the flame and for comparing. */
export function merged(model) {
	const root = { name: '', children: new Map(), count: 0, took: 0, own: 0, errors: 0, first: null };
	const todo = model.roots.map((node) => [node, root]);
	while (todo.length) {
		const [node, into] = todo.pop();
		const { name, service, kind, status, selfMs } = node.span;
		const key = `${service}\n${kind}\n${name}`;
		let one = into.children.get(key);
		if (!one) {
			one = { key, name, service, kind, children: new Map(), count: 0, took: 0, own: 0, errors: 0, first: node };
			into.children.set(key, one);
		}
		one.count += 1;
		one.took += node.end - node.start;
		one.own += (selfMs ?? 0) * 1e6;
		if (status === 'error') one.errors += 1;
		if (node.start < one.first.start) one.first = node;
		for (const child of node.children) todo.push([child, one]);
	}
	return root;
}
