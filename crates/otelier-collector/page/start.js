// What to do when nothing has come yet, and what came that could not be read.

import { h, copy, heads, visible, seldom } from './dom.js';
import { ask } from './api.js';
import { live } from './live.js';
import { clock, msOf } from './format.js';

const command = (text) => h('div.command', {}, h('code', { tabindex: 0 }, text),
	h('button', { onclick: () => copy(text, 'command') }, 'Copy'));

function oneSpan(http) {
	const bytes = [...crypto.getRandomValues(new Uint8Array(24))].map((b) => b.toString(16).padStart(2, '0')).join('');
	const now = Date.now();
	const span = { traceId: bytes.slice(0, 32), spanId: bytes.slice(32), name: 'hello', kind: 2,
		startTimeUnixNano: `${now}000000`, endTimeUnixNano: `${now + 42}000000` };
	const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'curl' } }] };
	const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
	return `curl -H 'content-type: application/json' -d '${body}' ${http}/v1/traces`;
}

export function startPage() {
	const http = location.origin;
	const first = h('div', {});
	const refused = h('div', {});
	const element = h('section.start', { 'aria-labelledby': 'start-title' },
		h('h1', { id: 'start-title' }, 'Nothing has arrived yet'),
		h('p', {}, 'Start a service that sends OpenTelemetry here; it appears on this page as it comes.'), first,
		h('h2', {}, 'Or send one span'), command(oneSpan(http)), refused);

	async function look() {
		const { endpoints, refusals = [] } = await ask('/api/doctor').catch(() => ({}));
		if (!first.childElementCount) first.append(command(`OTEL_EXPORTER_OTLP_ENDPOINT=${endpoints?.http ?? http} cargo run`));
		refused.replaceChildren(...(refusals.length ? [h('h2', {}, 'What arrived and was refused'), h('table', {},
			heads('Time', 'Signal', 'Over', 'Why'),
			h('tbody', {}, refusals.map((one) => h('tr', {}, h('td.time', {}, clock(msOf(one.timeUnixNano))), h('td', {}, visible(one.signal)),
				h('td', {}, visible(`${one.transport} ${one.contentType ?? ''}`)), h('td', {}, visible(one.message))))))] : []));
	}
	const again = seldom(2000, look);
	const leave = live.follow({ change: again });
	look();
	return { element, stop() { leave(); again.stop(); } };
}
