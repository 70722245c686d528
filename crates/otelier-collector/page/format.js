// Times, durations and numbers as people read them.

export const ns = (text) => { try { return BigInt(text ?? 0); } catch { return 0n; } };
export const msOf = (text) => Number(ns(text) / 1000n) / 1000;

const three = (n) => (n >= 100 ? n.toFixed(0) : n >= 10 ? n.toFixed(1) : n.toFixed(2));

/** 1.20 s from milliseconds. */
export function duration(ms) {
	if (!Number.isFinite(ms)) return '–';
	const n = Math.abs(ms);
	const sign = ms < 0 ? '−' : '';
	if (n === 0) return '0 ms';
	if (n < 0.001) return `${sign}${Math.round(n * 1e6)} ns`;
	if (n < 1) return `${sign}${three(n * 1000)} µs`;
	if (n < 1000) return `${sign}${three(n)} ms`;
	if (n < 60_000) return `${sign}${three(n / 1000)} s`;
	if (n < 3_600_000) return `${sign}${Math.floor(n / 60_000)} min ${Math.floor((n % 60_000) / 1000)} s`;
	return `${sign}${Math.floor(n / 3_600_000)} h ${Math.floor((n % 3_600_000) / 60_000)} min`;
}

const pad = (n, to = 2) => String(n).padStart(to, '0');

/** 09:41:07.310 from milliseconds. */
export function clock(ms) {
	const at = new Date(ms);
	if (Number.isNaN(at.getTime())) return '–';
	return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
}

/** The day and the time. */
export function day(ms) {
	const [at, time] = [new Date(ms), clock(ms)];
	if (time === '–') return time;
	return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${time}`;
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const LARGE = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e4, 'k', 1e3]];

/** A number with at most four digits; bytes and times by their unit. */
export function amount(value, unit = '') {
	const n = Number(value);
	if (!Number.isFinite(n)) return String(value ?? '–');
	if (unit === 'By') {
		const at = Math.max(0, Math.min(SIZES.length - 1, Math.floor(Math.log2(Math.abs(n) || 1) / 10)));
		const left = n / 1024 ** at;
		return `${Number.isInteger(left) ? left : (left < 0 ? '−' : '') + three(Math.abs(left))} ${SIZES[at]}`;
	}
	const time = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 }[unit];
	if (time) return duration(n * time);
	const tail = unit && unit !== '1' ? ` ${unit.replace(/^\{(.*)\}$/, '$1')}` : '';
	for (const [from, letter, by = from] of LARGE) {
		if (Math.abs(n) >= from) return `${three(n / by)} ${letter}${tail}`;
	}
	const digits = Number.isInteger(n) ? String(n) : Math.abs(n) >= 0.01 ? String(Number(n.toPrecision(4))) : n.toExponential(2);
	return digits + tail;
}

export const count = (n, one, many = `${one}s`) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

/** A value of an attribute as text. */
export const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value) ?? 'null');

/** The least and the most of some numbers. */
export const ends = (list) => [Math.min(...list), Math.max(...list)];

/** Steps of 1, 2 or 5 that divide a length into at most `most` parts. */
export function steps(length, most = 6) {
	if (!(length > 0)) return [0];
	const rough = length / most;
	const ten = 10 ** Math.floor(Math.log10(rough));
	const step = ([1, 2, 5, 10].find((by) => by * ten >= rough) ?? 10) * ten;
	const found = [];
	for (let at = 0; at <= length * 1.0001 && found.length < 50; at += step) found.push(at);
	return found;
}
