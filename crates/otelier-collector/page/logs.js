// Log lines as they come.

import { h, murmur, seldom } from './dom.js';
import { ask, spanAt, Latest } from './api.js';
import { Growing } from './growing.js';
import { live } from './live.js';
import { go, here, set } from './router.js';
import { count } from './format.js';
import { AskBox } from './ask.js';
import { describeLog, sidePanel } from './panel.js';
import { logTable } from './logtable.js';

const PAGE = 200;
const LEVELS = ['', 'debug', 'info', 'warn', 'error'];

class Logs extends HTMLElement {
	#latest = new Latest();
	#key = null;

	connectedCallback() {
		document.title = 'Logs · otelier';
		this.box = new AskBox({ label: 'Query for log lines', hint: 'level>=warn service:api timeout', changed: (q) => set({ q }) });
		this.chips = h('div.chips', { role: 'group', 'aria-label': 'Least level' }, LEVELS.map((level) => h('button.chip', {
			onclick: () => set({ level }),
		}, level || 'all')));
		this.total = h('span.total', {});
		this.all = new Growing({
			path: '/api/logs', name: 'logs', key: (log) => log.seq, kept: 5000,
			paint: () => this.#paint(), top: () => { this.table.host.scrollTop = 0; this.#paint(); },
		});
		this.none = h('div.none', { hidden: true });
		this.panel = sidePanel(() => this.#close());
		this.table = logTable({
			label: 'Log lines', pick: (log) => this.#open(log), end: () => this.all.older(),
			open: (log) => { if (log.traceId) go(spanAt(log)); },
		});
		this.table.host.addEventListener('scroll', () => { if (this.table.rows.atTop && this.all.waits) this.#paint(); }, { passive: true });
		this.append(h('h1.away', {}, 'Logs'), h('div.bar', {}, this.box.element, this.chips, this.total),
			h('div.split', {}, h('div.holder', {}, this.all.button, this.none, this.table.element), this.panel));
		this.fresh = seldom(1000, () => this.#fresh());
		this.leave = live.follow({
			change: ({ detail }) => {
				this.total.textContent = count(detail.kept.logs, 'line');
				if (detail.accepted.logs !== detail.before?.accepted.logs) this.fresh();
			},
			reset: () => { this.#key = null; this.show(here()); },
		});
	}

	disconnectedCallback() {
		this.leave();
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
		if (this.#key !== null) this.table.host.scrollTop = 0;
		this.#key = key;
		live.open('', live.last?.version ?? '');
		try {
			const page = await this.#latest.run((signal) => this.all.begin(this.#asked, signal));
			if (!page) return;
			this.total.textContent = count(page.total, 'line');
			this.box.refuse('');
			this.#paint();
		} catch (error) {
			this.#key = null;
			this.box.fail(error, (words) => { this.none.hidden = false; this.none.textContent = words; });
		}
	}

	async #fresh() {
		if (document.hidden) return;
		try {
			const page = await this.#latest.run((signal) => ask('/api/logs', this.#asked, signal));
			if (!page) return;
			const fresh = this.all.add(page.logs.reverse());
			if (this.table.rows.atTop) this.#paint();
			if (fresh) murmur(count(fresh, 'new log line'));
		} catch { /* The stream tells whether the collector is there. */ }
	}

	#paint() {
		if (this.table.rows.atTop) this.all.take();
		this.none.hidden = this.all.list.length > 0;
		this.none.textContent = this.query || this.level ? 'No log line matches.' : 'No log lines yet.';
		this.table.set(this.all.list);
	}

	#open(log) {
		this.panel.fill([...describeLog(log), log.traceId ? h('p', {}, h('a.button', { href: spanAt(log) }, 'Open its trace')) : h('p.mute', {}, 'It belongs to no trace.')]);
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
