// Log lines as they come.

import { h, murmur, seldom } from './dom.js';
import { ask, Latest, path } from './api.js';
import { live } from './live.js';
import { go, here, set } from './router.js';
import { count } from './format.js';
import { AskBox } from './ask.js';
import { describeLog } from './panel.js';
import { logTable } from './logtable.js';

const KEPT = 5000;
const PAGE = 200;
const LEVELS = ['', 'debug', 'info', 'warn', 'error'];

class Logs extends HTMLElement {
	#latest = new Latest();
	#list = [];
	#seen = new Set();
	#waiting = [];
	#key = null;
	#next = null;

	connectedCallback() {
		document.title = 'Logs · otelier';
		this.box = new AskBox({ label: 'Query for log lines', hint: 'level>=warn service:api timeout', changed: (q) => set({ q }) });
		this.chips = h('div.chips', { role: 'group', 'aria-label': 'Least level' }, LEVELS.map((level) => h('button.chip', {
			onclick: () => set({ level }),
		}, level || 'all')));
		this.total = h('span.total', {});
		this.more = h('button.more', { hidden: true, onclick: () => { this.table.host.scrollTop = 0; this.#take(); } });
		this.none = h('div.none', { hidden: true });
		this.panel = h('aside.panel', { 'aria-label': 'Details', tabindex: 0, hidden: true });
		this.table = logTable({
			label: 'Log lines', pick: (log) => this.#open(log), end: () => this.#older(),
			open: (log) => { if (log.traceId) go(path(`/t/${log.traceId}`, { span: log.spanId })); },
		});
		this.table.host.addEventListener('scroll', () => { if (this.table.rows.atTop && this.#waiting.length) this.#take(); }, { passive: true });
		this.append(h('h1.away', {}, 'Logs'), h('div.bar', {}, this.box.element, this.chips, this.total),
			h('div.split', {}, h('div.holder', {}, this.more, this.none, this.table.element), this.panel));
		this.fresh = seldom(1000, () => this.#fresh());
		this.change = ({ detail }) => {
			this.total.textContent = count(detail.kept.logs, 'line');
			if (detail.accepted.logs !== detail.before?.accepted.logs) this.fresh();
		};
		this.reset = () => { this.#key = null; this.show(here()); };
		live.addEventListener('change', this.change);
		live.addEventListener('reset', this.reset);
	}

	disconnectedCallback() {
		live.removeEventListener('change', this.change);
		live.removeEventListener('reset', this.reset);
		this.#latest.stop();
		this.fresh.stop();
		this.table.stop();
	}

	get #asked() { return { query: this.query, min_severity: this.level, limit: PAGE }; }

	async show(url) {
		this.query = url.searchParams.get('q') ?? '';
		this.level = url.searchParams.get('level') ?? '';
		this.box.set(this.query);
		for (const [i, chip] of [...this.chips.children].entries()) chip.setAttribute('aria-pressed', String(LEVELS[i] === this.level));
		const key = `${this.query}\n${this.level}`;
		if (key === this.#key) return;
		this.#key = key;
		live.open('', live.last?.version ?? '');
		try {
			const page = await this.#latest.run((signal) => ask('/api/logs', this.#asked, signal));
			if (!page) return;
			this.#list = page.logs;
			this.#seen = new Set(page.logs.map((log) => log.seq));
			this.#waiting = [];
			this.#next = page.next ?? null;
			this.total.textContent = page.total === undefined ? '' : count(page.total, 'line');
			this.box.refuse('');
			this.#paint();
		} catch (error) {
			this.#key = null;
			if (error.column) this.box.refuse(error.message, error.column);
			else { this.none.hidden = false; this.none.textContent = `${error.message}.`; }
		}
	}

	async #fresh() {
		if (document.hidden) return;
		try {
			const page = await this.#latest.run((signal) => ask('/api/logs', this.#asked, signal));
			if (!page) return;
			const added = page.logs.filter((log) => !this.#seen.has(log.seq));
			for (const log of added) this.#seen.add(log.seq);
			this.#waiting = [...added, ...this.#waiting].slice(0, KEPT);
			if (this.table.rows.atTop) this.#take();
			else { this.more.hidden = !this.#waiting.length; this.more.textContent = `${this.#waiting.length} new ↑`; }
			if (added.length) murmur(count(added.length, 'new log line'));
		} catch { /* The stream tells whether the collector is there. */ }
	}

	#take() {
		this.#list = [...this.#waiting, ...this.#list];
		this.#waiting = [];
		for (const log of this.#list.splice(KEPT)) { this.#seen.delete(log.seq); this.#next = null; }
		this.#paint();
	}

	#paint() {
		this.more.hidden = !this.#waiting.length;
		this.none.hidden = this.#list.length > 0;
		this.none.textContent = this.query || this.level ? 'No log line matches.' : 'No log lines yet.';
		this.table.set(this.#list);
	}

	async #older() {
		if (!this.#next || this.loading || this.#list.length >= KEPT) return;
		this.loading = true;
		try {
			const page = await ask('/api/logs', { ...this.#asked, after: this.#next });
			this.#next = page.next ?? null;
			for (const log of page.logs) if (!this.#seen.has(log.seq)) { this.#seen.add(log.seq); this.#list.push(log); }
			this.#paint();
		} catch { this.#next = null; } finally { this.loading = false; }
	}

	#open(log) {
		this.panel.hidden = false;
		const close = h('button.close', { 'aria-label': 'Close the details', onclick: () => this.#close() }, '×');
		this.panel.replaceChildren(close, ...describeLog(log),
			log.traceId ? h('p', {}, h('a.button', { href: path(`/t/${log.traceId}`, { span: log.spanId }) }, 'Open its trace')) : h('p.mute', {}, 'It belongs to no trace.'));
	}

	#close() {
		this.panel.hidden = true;
		this.table.host.focus();
	}

	focusList() { this.table.host.focus(); }

	press(event) {
		if (event.key === 'Escape' && !this.panel.hidden) { this.#close(); return true; }
		if (event.target.closest?.('.panel')) return false;
		return this.table.press(event);
	}
}

customElements.define('o-logs', Logs);
