// What is known of one span, one log line or one group.

import { h, visible, copy, service } from './dom.js';
import { clock, day, duration, msOf, text } from './format.js';
import { attributeTerm } from './query.js';
import { path, spanAt } from './api.js';
import { levelOf } from './waterfall.js';

const LONG = 16_384;
const SQL = ['db.query.text', 'db.statement'];

function value(of) {
	const whole = text(of);
	if (typeof of === 'string' && /^https?:\/\/\S+$/.test(of) && of.length < 2000) {
		return h('a', { href: of, rel: 'noopener noreferrer', target: '_blank' }, visible(of, LONG));
	}
	return visible(whole, LONG);
}

/** A table of attributes; each may be copied and looked for. */
export function attributes(list, searches = '/') {
	const entries = Object.entries(list ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
	if (!entries.length) return h('p.mute', {}, 'None.');
	return h('dl.attributes', {}, entries.map(([key, of]) => h('div', {}, h('dt', {}, visible(key)), h('dd', {}, value(of),
		h('span.acts', {},
			h('button', { 'aria-label': `Copy ${visible(key, 60)}`, onclick: () => copy(text(of), 'value') }, 'copy'),
			text(of).length < 300 && h('a', { href: path(searches, { q: attributeTerm(key, text(of)) }), 'aria-label': `Search ${visible(key, 60)}` }, 'search'))))));
}

const section = (title, open, ...children) => h('details', { open }, h('summary', {}, title), ...children);
const fact = (name, ...what) => h('div', {}, h('dt', {}, name), h('dd', {}, ...what));

/** A place for details, beside a list: `fill(parts)`; `close` is called by its button. */
export function sidePanel(close) {
	const element = h('aside.panel', { 'aria-label': 'Details', tabindex: 0, hidden: true });
	const button = h('button.close', { 'aria-label': 'Close the details', onclick: close }, '×');
	return Object.assign(element, { fill(parts) {
		element.hidden = false;
		element.replaceChildren(button, ...parts.filter(Boolean));
		element.scrollTop = 0;
	} });
}

/** The body of the panel for a row of the waterfall. */
export function describe(node, trace) {
	if (node.kind === 'log') return describeLog(node.log, trace.resources[node.log.resource]);
	if (node.kind === 'group') return describeGroup(node);
	const { span } = node;
	if (span.omitted) return [h('h2', {}, visible(span.name)), h('p', {}, visible(span.omitted))];
	const sql = SQL.map((key) => span.attributes[key]).find((one) => typeof one === 'string');
	const children = [h('h2', {}, visible(span.name) || '(no name)'),
		h('dl.facts', {},
			fact('Service', service(span.service)),
			fact('Status', span.status === 'error' ? h('span.bad', {}, `✕ error ${visible(span.statusMessage, 2000)}`) : span.status),
			fact('Kind', span.kind), fact('Start', clock(msOf(span.startTimeUnixNano))),
			fact('Duration', duration(span.durationMs)), fact('Self', duration(span.selfMs)),
			fact('Critical', duration(span.criticalMs)),
			span.scope && fact('Scope', visible(`${span.scope} ${span.scopeVersion}`)),
			fact('Span', h('code', {}, span.spanId)))];
	if (span.attributes['gen_ai.operation.name'] ?? span.attributes['gen_ai.system']) children.push(h('p', {}, h('a.button', { href: path('/ai', { trace: trace.traceId }) }, 'Read the conversation')));
	if (sql) children.push(section('SQL', true, h('pre.sql', { tabindex: 0 }, visible(sql, LONG)), h('button', { onclick: () => copy(sql, 'SQL') }, 'Copy SQL')));
	children.push(section(`Attributes (${Object.keys(span.attributes).length})`, true, attributes(span.attributes)));
	if (span.events.length) children.push(section(`Events (${span.events.length})`, true, span.events.slice(0, 200).map((event) => h('div.event-card', {},
		h('h3', {}, visible(event.name), ' ', h('span.mute', {}, `+${duration(msOf(event.timeUnixNano) - msOf(span.startTimeUnixNano))}`)), attributes(event.attributes)))));
	if (span.links.length) children.push(section(`Links (${span.links.length})`, true, h('ul', {}, span.links.slice(0, 200).map((link) => h('li', {},
		h('a', { href: spanAt(link) }, `trace ${link.traceId.slice(0, 8)} span ${link.spanId}`), attributes(link.attributes))))));
	const dropped = span.droppedAttributesCount + span.droppedEventsCount + span.droppedLinksCount;
	if (dropped) children.push(h('p.mute', {}, `The sender dropped ${dropped} attributes, events or links.`));
	children.push(section('Resource', false, attributes(trace.resources[span.resource])),
		section('JSON', false, h('pre', { tabindex: 0 }, visible(JSON.stringify(span, null, 1), LONG))));
	return children;
}

function describeGroup(node) {
	const lengths = node.members.map((one) => one.end - one.start).sort((a, b) => a - b);
	const at = (part) => duration(lengths[Math.min(lengths.length - 1, Math.floor(part * lengths.length))] / 1e6);
	const sql = new Set(node.members.map((one) => SQL.map((key) => one.span.attributes?.[key]).find(Boolean)).filter(Boolean));
	return [h('h2', {}, `${visible(node.span.name)} ×${node.members.length}`),
		h('dl.facts', {}, fact('Service', service(node.span.service)), fact('Together', duration(node.took / 1e6)),
			fact('p50', at(0.5)), fact('p95', at(0.95)), fact('Longest', duration(lengths.at(-1) / 1e6)), fact('Errors', String(node.errors))),
		sql.size ? section(`SQL (${sql.size} different)`, true, [...sql].slice(0, 5).map((one) => h('pre.sql', { tabindex: 0 }, visible(one, LONG)))) : null];
}

/** What is known of a log line. */
export function describeLog(log, resource) {
	if (log.omitted) return [h('h2', {}, 'A log line'), h('p', {}, visible(log.omitted))];
	const level = levelOf(log.severity);
	return [h('h2', {}, h(`span.level.${level}`, {}, level), ' log'),
		h('pre.body', { tabindex: 0 }, visible(text(log.body ?? ''), LONG)),
		h('dl.facts', {}, fact('Service', service(log.service)), fact('Time', day(msOf(log.timeUnixNano))),
			log.eventName && fact('Event', visible(log.eventName)), log.scope && fact('Scope', visible(log.scope)),
			log.traceId && fact('Trace', h('a', { href: spanAt(log) }, log.traceId.slice(0, 16)))),
		section(`Attributes (${Object.keys(log.attributes).length})`, true, attributes(log.attributes, '/logs')),
		resource && section('Resource', false, attributes(resource, '/logs'))];
}
