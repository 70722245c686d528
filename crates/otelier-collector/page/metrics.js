// Instruments, and what each measured in the last half hour.

import { h, heads, visible, service } from './dom.js';
import { ask, path } from './api.js';
import { set, saidBy } from './router.js';
import { amount, count, text } from './format.js';
import { heat, lines, spark } from './chart.js';
import { buckets, plainly, quantile, rate, sum } from './series.js';
import { Choice } from './view.js';

const DRAWN = 8;
const LISTED = 1000;

const isHistogram = ({ kind }) => /histogram/i.test(kind);
const isSum = ({ kind }) => /^sum$/i.test(kind);

/** The latest word of a series. */
function latest(one) {
	if (one.value !== undefined) return amount(one.value, one.unit);
	const p95 = one.estimates?.p95;
	return p95 === undefined || p95 === null ? `${amount(one.count)}×` : `p95 ${amount(p95, one.unit)}`;
}

const labels = (one) => Object.entries(one.attributes ?? {}).map(([key, value]) => `${key}=${text(value)}`).join(' ') || '(no labels)';

class Metrics extends Choice {
	constructor() { super({ title: 'Metrics', hint: 'name~http service:api', kinds: ['points'], every: 5000, names: ['Instruments', 'Instrument'] }); }

	show(url) {
		const said = saidBy(url);
		this.said = { q: said('q'), name: said('name'), service: said('service'), by: said('by'), series: said('series') };
		super.show(url);
	}

	async load(signal) {
		const { metrics } = await ask('/api/metrics', { query: this.query, limit: LISTED }, signal);
		this.#instruments(metrics);
		await this.#chosen(metrics, signal);
	}

	#instruments(metrics) {
		const all = new Map();
		for (const one of metrics) {
			const key = `${one.name}\n${one.service}`;
			if (!all.has(key)) all.set(key, { ...one, series: [] });
			all.get(key).series.push(one);
		}
		const spaces = Map.groupBy(all.values(), (one) => one.name.split('.')[0]);
		this.lists(() => (metrics.length ? [...spaces].map(([space, list]) => h('div', {}, h('h2', {}, visible(space, 60)), h('ul', {}, list.map((one) => h('li', {},
			h('a', { href: path('/m', { q: this.said.q, name: one.name, service: one.service }), 'aria-current': one.name === this.said.name && one.service === this.said.service ? 'true' : null },
				h('span.what', {}, visible(one.name, 120)), h('span.mute', {}, service(one.service, 40), one.series.length > 1 ? ` · ${one.series.length} series` : ''),
				spark(one.series[0].recent ?? []), h('span.num', {}, latest(one.series[0])))))))) : [h('div.none', {}, this.said.q ? 'No metric matches.' : 'No metrics yet.')]));
	}

	async #chosen(metrics, signal) {
		const { name, service, series } = this.said;
		const mine = series ? metrics.filter((one) => one.series === series) : metrics.filter((one) => one.name === name && (!service || one.service === service));
		if (!mine.length) {
			this.detail.replaceChildren(h('div.none', {}, metrics.length ? 'Choose an instrument to see it over time.' : ''));
			return;
		}
		const size = (one) => one.count ?? Math.abs(Number(one.value));
		const drawn = mine.slice().sort((a, b) => size(b) - size(a)).slice(0, DRAWN);
		const full = await Promise.all(drawn.map((one) => ask(`/api/metrics/${one.series}`, {}, signal)));
		this.#draw(mine, full);
	}

	#draw(mine, full) {
		const [first] = full;
		const keys = [...new Set(mine.flatMap((one) => Object.keys(one.attributes ?? {})))].sort();
		const by = keys.includes(this.said.by) ? this.said.by : '';
		const groups = Map.groupBy(full, (one) => (by ? String(one.attributes?.[by] ?? '(none)') : labels(one)));
		const each = (of) => [...groups].map(([key, list]) => ({ name: visible(key, 100), points: sum(list.map(of)) }));
		const charts = [];
		if (isHistogram(first)) {
			const found = buckets(full);
			const line = (part) => ({ name: `p${part * 100}`, points: found.columns.map(([ms, counts]) => [ms, quantile(found.bounds, counts, part)]) });
			charts.push(lines('Quantiles', [line(0.5), line(0.95), line(0.99)], first.unit), heat('Distribution', found, full.flatMap((one) => one.exemplars), first.unit), lines('Calls a second', each(rate), ''));
		} else if (isSum(first)) charts.push(lines('A second', each(rate), first.unit), lines('Total', each(plainly), first.unit));
		else charts.push(lines('Value', each(plainly), first.unit));
		const chooser = h('select', { onchange: () => set({ by: chooser.value }) }, [['', 'every series'], ...keys.map((key) => [key, key])].map(([value, words]) => h('option', { value, selected: value === by }, visible(words, 80))));
		this.shows(() => [h('h2', {}, visible(first.name, 200)), h('p.sub', {}, visible(first.description, 400)),
			h('p.sub', {}, service(first.service), ` · ${first.kind} · ${first.unit || 'no unit'} · ${count(mine.length, 'series', 'series')}`, mine.length > DRAWN ? `, the ${DRAWN} largest are drawn` : ''),
			keys.length ? h('label.by', {}, 'Break down by ', chooser) : '', ...charts.filter(Boolean),
			h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': 'Series' }, h('table', {}, heads('Labels', '>Latest'),
				h('tbody', {}, mine.slice(0, 100).map((one) => h('tr', {}, h('td', {}, h('a', { href: path('/m', { q: this.said.q, name: one.name, service: one.service, series: one.series }) }, visible(labels(one), 300))), h('td.num', {}, latest(one)))))))]);
	}
}

customElements.define('o-metrics', Metrics);
