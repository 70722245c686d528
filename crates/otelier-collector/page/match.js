// Whether a span or a log record is one that a query looks for.

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

/** The values of a key: of the record, of its events, of its resource. */
const valuesOf = (record, resource, key) => [record.attributes, ...(record.events ?? []).map(({ attributes }) => attributes), resource]
	.filter((list) => list && Object.hasOwn(list, key)).map((list) => list[key]);

const isLog = ({ signal }) => signal === 'log';
const bodyOf = ({ body }) => ((body ?? null) === null ? '' : plain(body));
const eventsOf = (record) => [...(isLog(record) && record.eventName ? [record.eventName] : []), ...(record.events ?? []).map(({ name }) => name)];

/** The texts of a field. */
function fields(record, resource, key) {
	switch (key) {
		case 'name': return isLog(record) ? eventsOf(record) : [record.name];
		case 'body': return isLog(record) ? [bodyOf(record)] : [];
		case 'event': return eventsOf(record);
		case 'route': return valuesOf(record, resource, 'http.route').map(plain);
		case 'unit': return [];
		default: return [record[key] ?? ''];
	}
}

function idOf(record, key) {
	if (key === 'trace') return record.traceId;
	return key === 'span' ? record.spanId : isLog(record) ? undefined : record.parentSpanId;
}

const statusOf = (record) => (isLog(record) ? (record.severity >= 17 ? 'error' : 'unset') : record.status);

/** Duration in nanoseconds; `undefined` for what has none. */
function length(record) {
	if (isLog(record)) return undefined;
	const took = ns(record.endTimeUnixNano) - ns(record.startTimeUnixNano);
	return took > 0n ? Number(took) : 0;
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
			const found = fields(record, resource, key);
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
			case 'kind': return !isLog(record) && (record.kind === low(value)) === (op === '=');
			case 'level': return levelIs(record.severity, op, levels(value));
			case 'duration': { const took = length(record); return took !== undefined && compare(op, took, nanos(value)); }
			case 'value': return false;
			case 'has': return valuesOf(record, resource, value).length > 0;
			default:
		}
	}
	const found = valuesOf(record, resource, key);
	if (op === '!=') return found.length > 0 && !found.some((one) => valueIs(one, '=', value));
	return found.some((one) => valueIs(one, op, value));
}

function* texts(record) {
	yield record.service ?? '';
	if (isLog(record)) yield bodyOf(record);
	else { yield record.name ?? ''; yield record.statusMessage ?? ''; }
	yield* eventsOf(record);
	for (const list of [record, ...(record.events ?? [])]) for (const [key, value] of Object.entries(list.attributes ?? {})) yield `${key}=${plain(value)}`;
}

function word(wanted, record) {
	for (const one of texts(record)) if (holds(one, wanted)) return true;
	return Boolean(record.traceId?.startsWith(low(wanted)) || record.spanId?.startsWith(low(wanted)));
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
