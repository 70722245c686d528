// Numbers over time from the points of series.

import { ns, msOf } from './format.js';

const number = (value) => (typeof value === 'number' ? value : value === 'Infinity' ? Infinity : NaN);

/** Pairs of neighbours of a cumulative series, or the points of a delta one, as `{ ms, seconds, point, before }`. */
function* differences({ points, temporality }) {
	const cumulative = !/DELTA/i.test(temporality ?? '');
	for (const [i, point] of points.entries()) {
		const before = i > 0 ? points[i - 1] : null;
		const seconds = before ? Number(ns(point.timeUnixNano) - ns(before.timeUnixNano)) / 1e9 : 5;
		if (cumulative && !before) continue;
		if (seconds <= 0) continue;
		const again = cumulative && before && (point.startTimeUnixNano !== before.startTimeUnixNano || (point.count ?? point.value) < (before.count ?? before.value));
		yield { ms: msOf(point.timeUnixNano), seconds, point, before: cumulative && !again ? before : null };
	}
}

/** How much a second: of a sum its value, of a histogram its count. */
export function rate(series) {
	const of = (point) => number(point.value ?? point.count);
	return [...differences(series)].map(({ ms, seconds, point, before }) => [ms, (of(point) - (before ? of(before) : 0)) / seconds]);
}

export const plainly = (series) => series.points.map((point) => [msOf(point.timeUnixNano), number(point.value ?? point.count)]);

const boundsOf = (series, point) => point.bounds ?? series.buckets?.bounds ?? [];

/** What came into each bucket between the points, of all series with the same bounds together. */
export function buckets(all) {
	const bounds = boundsOf(all[0], all[0].points.at(-1) ?? {});
	const same = (list) => list.length === bounds.length && list.every((bound, i) => bound === bounds[i]);
	const columns = new Map();
	for (const series of all) {
		for (const { ms, point, before } of differences(series)) {
			if (!point.counts || !same(boundsOf(series, point))) continue;
			const minus = before?.counts && same(boundsOf(series, before)) ? before.counts : null;
			const at = Math.round(ms / 5000) * 5000;
			const column = columns.get(at) ?? new Array(bounds.length + 1).fill(0);
			point.counts.forEach((n, i) => { column[i] += Math.max(0, n - (minus?.[i] ?? 0)); });
			columns.set(at, column);
		}
	}
	return { bounds, columns: [...columns].sort(([a], [b]) => a - b) };
}

/** The quantile of counts, between the bounds of its bucket. */
export function quantile(bounds, counts, part) {
	const total = counts.reduce((a, b) => a + b, 0);
	if (!total || !bounds.length) return NaN;
	let left = part * total;
	for (const [i, n] of counts.entries()) {
		if (n && left <= n) {
			if (i >= bounds.length) return bounds.at(-1);
			const low = i > 0 ? bounds[i - 1] : Math.min(0, bounds[0]);
			return low + (bounds[i] - low) * (left / n);
		}
		left -= n;
	}
	return bounds.at(-1);
}

/** Lines with the same times added up. */
export function sum(lines) {
	const all = new Map();
	for (const line of lines) for (const [ms, value] of line) {
		const at = Math.round(ms / 5000) * 5000;
		all.set(at, (all.get(at) ?? 0) + value);
	}
	return [...all].sort(([a], [b]) => a - b);
}
