// One trace.

import { h, nowhere, visible, copy, say, seldom, service } from './dom.js';
import { Latest, path, wholeTrace } from './api.js';
import { live } from './live.js';
import { go, set, saidBy } from './router.js';
import { count, day, duration, msOf } from './format.js';
import { AskBox } from './ask.js';
import { parse, written } from './query.js';
import { matches } from './match.js';
import { rows, tree } from './model.js';
import { Waterfall } from './waterfall.js';
import { Minimap } from './minimap.js';
import { describe, sidePanel } from './panel.js';
import { flame } from './flame.js';
import { mapOf } from './map.js';
import { logTable } from './logtable.js';
import { outcome } from './traces.js';

const TABS = [['', 'Waterfall'], ['flame', 'Flame'], ['map', 'Map'], ['logs', 'Logs'], ['json', 'Save']];
const LARGE = 5000;

class TraceView extends HTMLElement {
	#latest = new Latest();
	#closed = new Set();
	#opened = new Set();

	connectedCallback() {
		this.head = h('div.trace-head', {});
		this.tabs = h('div.tabs', { role: 'tablist', 'aria-label': 'Ways to look at the trace' }, TABS.map(([tab, name]) => h('button', {
			role: 'tab', id: `tab-${tab || 'fall'}`, 'aria-controls': 'tab-body', onclick: () => set({ tab }),
			onkeydown: (event) => { if (event.key.startsWith('Arrow')) { event.preventDefault(); this.#nextTab(event.key === 'ArrowRight' ? 1 : -1); } },
		}, name)));
		this.box = new AskBox({ label: 'Search in this trace', hint: 'Search in this trace', changed: (q) => set({ q }, { replace: true }), wait: 120 });
		this.box.entered = (event) => this.#hit(event.shiftKey ? -1 : 1);
		this.found = h('span.total', { role: 'status' });
		const toggle = (name, parameter) => h('label.check', {}, h('input', { type: 'checkbox', onchange: (event) => set({ [parameter]: event.target.checked ? '' : '0' }, { replace: true }) }), name);
		this.foldBox = toggle('Fold equal', 'fold');
		this.logBox = toggle('Log lines', 'logs');
		this.tools = h('div.bar', {}, this.box.element, this.found, this.foldBox, this.logBox);
		this.mini = new Minimap({ zoom: (zoom) => this.#zoomTo(zoom) });
		this.fall = new Waterfall({
			pick: (node) => this.#pick(node), open: (node) => { this.#pick(node); this.panel.focus(); },
			fold: (node, open) => this.#fold(node, open),
		});
		this.body = h('div.tab-body', { id: 'tab-body', role: 'tabpanel', tabindex: -1 });
		this.panel = sidePanel(() => this.#close());
		this.grown = h('button.more', { hidden: true, onclick: () => this.#load() }, 'The trace has grown: load it again');
		this.append(this.head, this.tabs, h('div.split', {}, h('div.holder', {}, this.grown, this.body), this.panel));
		this.again = seldom(1500, () => this.#load());
		this.leave = live.follow({ change: ({ detail }) => {
			if (!this.trace || !detail.traces.some((one) => one.traceId === this.trace.traceId && one.version !== this.trace.version)) return;
			if (this.trace.spanCount > LARGE) this.grown.hidden = false;
			else this.again();
		} });
	}

	disconnectedCallback() {
		this.leave();
		this.#latest.stop();
		this.again.stop();
		this.fall.stop();
		this.logs?.stop();
	}

	show(url) {
		const id = decodeURIComponent(url.pathname.slice(3));
		const said = saidBy(url);
		this.said = { span: said('span'), q: said('q'), tab: said('tab'), fold: said('fold') !== '0', logs: said('logs') !== '0', zoom: said('zoom') };
		this.box.set(this.said.q);
		this.foldBox.firstChild.checked = this.said.fold;
		this.logBox.firstChild.checked = this.said.logs;
		if (id === this.id && this.trace) { this.#draw(); return; }
		this.id = id;
		this.trace = null;
		this.#closed.clear();
		this.#opened.clear();
		this.#load();
	}

	async #load() {
		this.grown.hidden = true;
		try {
			const trace = await this.#latest.run((signal) => wholeTrace(this.id, signal));
			if (!trace) return;
			this.trace = trace;
			this.model = tree(trace);
			live.open(`trace:${trace.traceId}`, trace.version ?? '');
			document.title = `${visible(trace.name ?? 'trace', 80)} · otelier`;
			this.#header();
			this.#draw();
		} catch (error) {
			if (this.trace) { say(error.message); return; }
			document.title = 'Trace · otelier';
			this.tabs.hidden = true;
			this.head.replaceChildren();
			this.body.replaceChildren(nowhere('This trace is not here, or not any more.', error));
		}
	}

	#header() {
		const { trace } = this;
		this.tabs.hidden = false;
		const api = `/api/traces/${trace.traceId}`;
		this.head.replaceChildren(
			h('div.title', {}, h('h1', {}, visible(trace.name ?? '(no root yet)', 200)), outcome(trace),
				h('button', { onclick: () => copy(trace.traceId, 'trace id') }, h('code', {}, trace.traceId.slice(0, 16)), ' copy id'),
				h('button', { onclick: () => copy(location.href, 'link') }, 'Copy link'),
				h('a.button', { href: path('/', { q: `name=${written(trace.name ?? '')}`, with: trace.traceId }) }, 'Compare')),
			h('p.sub', {}, day(msOf(trace.startTimeUnixNano)), ' · ', h('b', {}, duration(trace.durationMs)), ' · ', count(trace.spanCount, 'span'), ' · ',
				trace.errorCount ? h('span.bad', {}, `✕ ${count(trace.errorCount, 'error')}`) : 'no errors', ' · ', count(trace.logCount, 'log line'),
				trace.missingParents ? ` · ${count(trace.missingParents, 'parent')} missing` : '', trace.skewed ? ` · clocks differ in ${count(trace.skewed, 'span')}` : '',
				trace.next ? ` · only the first ${count(trace.spans.length, 'span')} are shown` : ''),
			h('p.legend', {}, trace.services.slice(0, 12).map((name) => h('span', {}, service(name, 40)))));
		this.saves = [['otlp.json', 'OTLP as JSON lines, which otelier-collector --open reads'], ['perfetto.json', 'For ui.perfetto.dev'], ['svg', 'As a picture']]
			.map(([kind, words]) => h('li', {}, h('a', { href: `${api}.${kind}`, download: `${trace.traceId}.${kind}` }, words)));
	}

	#nextTab(by) {
		const at = TABS.findIndex(([tab]) => tab === this.said.tab);
		const to = (at + by + TABS.length) % TABS.length;
		set({ tab: TABS[to][0] });
		this.tabs.children[to].focus();
	}

	#draw() {
		const { tab } = this.said;
		for (const [at, [name]] of TABS.entries()) {
			this.tabs.children[at].setAttribute('aria-selected', String(name === tab));
			this.tabs.children[at].tabIndex = name === tab ? 0 : -1;
		}
		this.body.setAttribute('aria-labelledby', `tab-${tab || 'fall'}`);
		this.logs?.stop();
		this.logs = null;
		if (tab === '') this.#drawFall();
		else if (tab === 'flame') this.body.replaceChildren(flame(this.model, (node) => set({ tab: '', span: node.id })));
		else if (tab === 'map') this.body.replaceChildren(mapOf(this.trace));
		else if (tab === 'logs') {
			this.logs = logTable({ label: 'Log lines of the trace', pick: (log) => this.#panelOf({ kind: 'log', log }) });
			this.body.replaceChildren(this.logs.element);
			this.logs.set(this.trace.logs.slice().sort((a, b) => (a.timeUnixNano < b.timeUnixNano ? -1 : 1)));
		} else this.body.replaceChildren(h('div.none', {}, h('h2', {}, 'Save this trace'), h('ul', {}, this.saves)));
		const node = this.model.nodes.get(this.said.span);
		if (node) this.#panelOf(node);
		else if (tab !== 'logs' && !this.other) this.#panelOf(null);
		this.other = false;
	}

	#drawFall() {
		if (!this.fall.element.isConnected) this.body.replaceChildren(this.tools, this.mini.element, this.fall.element);
		const chosen = this.fall.shown[this.fall.rows.at]?.node.id;
		const wanted = this.model.nodes.get(this.said.span);
		if (wanted) this.#unfoldTo(wanted);
		this.#search();
		const shown = rows(this.model, { fold: this.said.fold, logs: this.said.logs, closed: this.#closed, opened: this.#opened });
		const [a, b] = this.#zoom();
		const { length } = this.model;
		this.fall.set(shown, { from: a * length, to: b * length, hits: this.lit, asked: Boolean(this.said.q) });
		this.mini.set(this.model, [a, b]);
		const at = this.fall.place(wanted && !String(chosen).startsWith('log') && !String(chosen).startsWith('fold') ? wanted.id : chosen ?? wanted?.id);
		this.fall.rows.at = at;
		if (at >= 0 && this.revealed !== this.said.span) {
			this.revealed = this.said.span;
			requestAnimationFrame(() => { this.fall.rows.reveal(at); this.fall.rows.render(); });
		}
	}

	/** Opens what hides a span: its parents, and the group it is folded into. */
	#unfoldTo(node) {
		if (this.opened === this.said.span) return;
		this.opened = this.said.span;
		for (let one = node.parent; one; one = one.parent) this.#closed.delete(one.id);
		for (let one = node; one; one = one.parent) if (one.fold) this.#opened.add(one.fold);
	}

	#zoom() {
		const [a, b] = this.said.zoom.split('-').map(Number);
		return a >= 0 && b > a && b <= 1 ? [a, b] : [0, 1];
	}

	#zoomTo([a, b]) {
		const [from, to] = [Math.max(0, a), Math.min(1, b)];
		set({ zoom: from <= 0 && to >= 1 ? '' : `${from.toFixed(4)}-${to.toFixed(4)}` }, { replace: true });
	}

	#search() {
		this.hits = [];
		this.lit = new Set();
		this.found.textContent = '';
		if (!this.said.q) return;
		let query;
		try { query = parse(this.said.q); } catch { return; }
		for (const node of this.model.nodes.values()) {
			if (!node.span.omitted && matches(query, { ...node.span, signal: 'span', traceId: this.trace.traceId }, this.trace.resources[node.span.resource])) this.hits.push(node);
			for (const row of node.logs) if (!row.log.omitted && matches(query, { ...row.log, signal: 'log' }, this.trace.resources[row.log.resource])) this.hits.push(row);
		}
		this.hits.sort((x, y) => x.start - y.start);
		for (const node of this.hits) {
			this.lit.add(node.id);
			if (node.fold) this.lit.add(node.fold);
		}
		this.found.textContent = this.hits.length ? count(this.hits.length, 'match', 'matches') : 'no match';
	}

	#hit(by) {
		const { length } = this.hits ?? [];
		if (!length) return;
		const at = this.hits.indexOf(this.fall.shown[this.fall.rows.at]?.node);
		const place = (Math.max(at, by < 0 ? 0 : -1) + by + length) % length;
		const to = this.hits[place];
		this.#unfoldHit(to);
		this.fall.rows.select(this.fall.place(to.id), { user: true });
		this.found.textContent = `${place + 1} of ${length}`;
	}

	#unfoldHit(node) {
		this.opened = null;
		const span = node.kind === 'log' ? node.parent : node;
		if (span) { this.said.span = span.id; this.#unfoldTo(span); }
		if (node.kind === 'log' && span) this.#closed.delete(span.id);
		this.#drawFall();
	}

	#pick(node) {
		if (node.kind === 'span') set({ span: node.id }, { replace: true });
		this.other = true;
		this.#panelOf(node);
	}

	#panelOf(node) {
		this.panel.hidden = !node;
		if (!node || this.panelled === node) return;
		this.panelled = node;
		this.panel.fill(describe(node, this.trace));
	}

	#close() {
		this.panelled = null;
		this.panel.hidden = true;
		this.fall.rows.at = -1;
		set({ span: '' }, { replace: true });
		this.focusList();
	}

	#fold(node, open) {
		if (node.kind === 'group') this.#opened[open ? 'add' : 'delete'](node.id);
		else this.#closed[open ? 'delete' : 'add'](node.id);
		this.#drawFall();
	}

	#all(open) {
		this.#opened.clear();
		this.#closed.clear();
		if (!open) for (const node of this.model.nodes.values()) if (node.parent && node.children.length) this.#closed.add(node.id);
		this.#drawFall();
	}

	find() { set({ tab: '' }); this.box.input.focus(); this.box.input.select(); }
	focusList() { (this.said.tab === 'logs' ? this.logs?.host : this.fall.host)?.focus(); }

	press(event) {
		if (!this.trace) return false;
		if (event.key === 'Escape') { if (this.panel.hidden) { if (this.said.q) set({ q: '' }); else go('/'); } else this.#close(); return true; }
		if (event.target.closest?.('.panel') && event.key !== 'Escape') return false;
		if (this.said.tab === 'logs') return this.logs.press(event);
		if (this.said.tab !== '') return false;
		const row = this.fall.shown[this.fall.rows.at];
		const [a, b] = this.#zoom();
		const quarter = (b - a) / 4;
		const nearer = () => this.#zoomTo([a + quarter / 2, b - quarter / 2]);
		const does = {
			n: () => this.#hit(1), N: () => this.#hit(-1), '[': () => this.#all(false), ']': () => this.#all(true),
			'+': nearer, '=': nearer, '-': () => this.#zoomTo([a - quarter, b + quarter]), 0: () => this.#zoomTo([0, 1]),
		}[event.key];
		if (does) { does(); return true; }
		if (row && ['h', 'ArrowLeft'].includes(event.key)) {
			if (row.open) this.#fold(row.node, false);
			else {
				let up = this.fall.rows.at - 1;
				while (up >= 0 && this.fall.shown[up].depth >= row.depth) up -= 1;
				if (up >= 0) this.fall.rows.select(up, { user: true });
			}
			return true;
		}
		if (row && ['l', 'ArrowRight'].includes(event.key)) {
			if (row.open === false) this.#fold(row.node, true);
			else if (row.open) this.fall.rows.select(this.fall.rows.at + 1, { user: true });
			return true;
		}
		return this.fall.rows.press(event);
	}
}

customElements.define('o-trace', TraceView);
