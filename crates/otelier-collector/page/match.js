// Whether a record is one that a query looks for.

import { TEXTS, IDS, levels, nanos, number } from './query.js';
import { ns, text as plain } from './format.js';

const low = (text) => text.toLowerCase();
const holds = (whole, part) => low(whole).includes(low(part));

function compare(op, left, right) {
	switch (op) {
		case '=': return left === right;
		case '!=': return left !== right;
		case '>': return left > right;
		case '>=': return left >= right;
		case '<': return left < right;
		default: return left <= right;
	}
}

/** The lists of attributes of a record: its own, its events', its resource's. */
function* attributes(record, resource) {
	if (record.attributes) yield record.attributes;
	for (const event of record.events ?? []) if (event.attributes) yield event.attributes;
	if (resource) yield resource;
}

function* valuesOf(record, resource, key) {
	for (const list of attributes(record, resource)) if (Object.hasOwn(list, key)) yield list[key];
}

function signal(record) {
	return record.signal ?? (record.spanId !== undefined && record.severity === undefined ? 'span' : record.severity !== undefined ? 'log' : 'metric');
}

function* fields(record, resource, key) {
	const kind = signal(record);
	switch (key) {
		case 'name': if (kind !== 'log') yield record.name; else if (record.eventName) yield record.eventName; return;
		case 'service': yield record.service ?? ''; return;
		case 'scope': yield record.scope ?? ''; return;
		case 'body': if (kind === 'log') yield bodyOf(record); return;
		case 'event':
			if (kind === 'log' && record.eventName) yield record.eventName;
			for (const event of record.events ?? []) yield event.name;
			return;
		case 'unit': if (kind === 'metric') yield record.unit ?? ''; return;
		default: for (const value of valuesOf(record, resource, 'http.route')) yield plain(value);
	}
}

function idOf(record, key) {
	if (key === 'trace') return record.traceId;
	if (key === 'span') return signal(record) === 'metric' ? undefined : record.spanId;
	return signal(record) === 'span' ? record.parentSpanId : undefined;
}

export const bodyOf = (log) => (log.body === null || log.body === undefined ? '' : plain(log.body));

function statusOf(record) {
	if (signal(record) === 'span') return record.status;
	return signal(record) === 'log' && record.severity >= 17 ? 'error' : 'unset';
}

/** Duration in nanoseconds; `undefined` for what has none. */
function length(record) {
	if (signal(record) !== 'span') return undefined;
	const took = ns(record.endTimeUnixNano) - ns(record.startTimeUnixNano);
	return took > 0n ? Number(took) : 0;
}

function amount(record) {
	if (signal(record) !== 'metric') return undefined;
	const value = record.value !== undefined ? record.value : record.sum;
	return typeof value === 'number' ? value : ['Infinity', '-Infinity', 'NaN'].includes(value) ? Number(value) : undefined;
}

function valueIs(value, op, wanted) {
	if (Array.isArray(value)) return value.some((one) => valueIs(one, op, wanted));
	const said = plain(value);
	if (op === '~') return holds(said, wanted);
	const left = typeof value === 'number' || typeof value === 'string' ? number(said) : null;
	const right = number(wanted);
	if (op === '=') return left !== null && right !== null ? left === right : said === wanted;
	return left !== null && right !== null && compare(op, left, right);
}

function levelIs(severity, op, [least, most]) {
	if (!(severity >= 1 && severity <= 24)) return false;
	const inside = severity >= least && severity <= most;
	return op === '=' ? inside : op === '!=' ? !inside : compare(op, severity, op === '>' || op === '<=' ? most : least);
}

function term({ key, op, value, quoted }, record, resource) {
	if (!quoted) {
		if (TEXTS.includes(key)) {
			const found = [...fields(record, resource, key)];
			if (op === '=') return found.includes(value);
			if (op === '!=') return found.length > 0 && !found.includes(value);
			return found.some((one) => holds(one, value));
		}
		if (IDS.includes(key)) {
			const id = idOf(record, key);
			if (!id) return false;
			const begins = id.startsWith(low(value));
			return op === '=' ? begins : op === '!=' ? !begins : id.includes(low(value));
		}
		switch (key) {
			case 'status': return (statusOf(record) === low(value)) === (op === '=');
			case 'kind': return signal(record) !== 'log' && (record.kind === low(value)) === (op === '=');
			case 'level': return levelIs(record.severity, op, levels(value));
			case 'duration': { const took = length(record); return took !== undefined && compare(op, took, nanos(value)); }
			case 'value': { const n = amount(record); return n !== undefined && compare(op, n, number(value)); }
			case 'has': return !valuesOf(record, resource, value).next().done;
			default:
		}
	}
	const found = [...valuesOf(record, resource, key)];
	if (op === '!=') return found.length > 0 && !found.some((one) => valueIs(one, '=', value));
	return found.some((one) => valueIs(one, op, value));
}

function* texts(record) {
	const kind = signal(record);
	if (kind !== 'log') yield record.name ?? '';
	yield record.service ?? '';
	if (kind === 'span') yield record.statusMessage ?? '';
	if (kind === 'log') { yield bodyOf(record); yield record.eventName ?? ''; }
	if (kind === 'metric') { yield record.description ?? ''; yield record.unit ?? ''; }
	for (const event of record.events ?? []) yield event.name;
	for (const list of attributes(record)) for (const [key, value] of Object.entries(list)) yield `${key}=${plain(value)}`;
}

function word(wanted, record) {
	for (const one of texts(record)) if (holds(one, wanted)) return true;
	const id = low(wanted);
	return Boolean(record.traceId?.startsWith(id) || (signal(record) !== 'metric' && record.spanId?.startsWith(id)));
}

/** Whether a record is wanted; `resource` holds the attributes of its resource. */
export function matches(tree, record, resource) {
	if (tree === null) return true;
	if (tree.or) return tree.or.some((part) => matches(part, record, resource));
	if (tree.and) return tree.and.every((part) => matches(part, record, resource));
	if (tree.not) return !matches(tree.not, record, resource);
	if (tree.one) return matches(tree.one, record, resource);
	return tree.word !== undefined ? word(tree.word, record) : term(tree, record, resource);
}
