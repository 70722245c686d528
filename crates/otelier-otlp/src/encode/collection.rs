//! Metrics into requests, data point by data point.

use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};

use super::{
    Encoder, Policy, Request, Tally,
    exemplar::Exemplars,
    form::Form,
    metric::{Number, Points},
    run::{Place, Run},
    scope,
};

impl<P: Policy> Encoder<P> {
    pub(super) fn collection<F: Form>(
        &mut self,
        (metrics, exemplars): (&ResourceMetrics, &Exemplars),
        emit: impl FnMut(Request<'_>),
    ) -> Tally {
        self.run::<F, _>(scope::METRICS, emit, |run| {
            for metrics in metrics.scope_metrics() {
                let scope = metrics.scope();
                let mut place = Place {
                    name: scope.name(),
                    scope,
                    metric: None,
                };
                run.enter_scope(&place);
                for metric in metrics.metrics() {
                    let own = exemplars.of(scope, metric.name());
                    let points = Points::of(metric, own);
                    place.metric = Some(points);
                    run.enter_metric(&points);
                    points.each(run, &place);
                    run.leave_metric(&points);
                }
                run.leave_scope(&place);
            }
        })
    }
}

impl Points<'_> {
    /// Adds each data point.
    pub(super) fn each<F: Form, P: Policy, E: FnMut(Request<'_>)>(
        &self,
        run: &mut Run<'_, F, P, E>,
        place: &Place<'_>,
    ) {
        match self.metric.data() {
            AggregatedMetrics::F64(data) => self.each_of(data, run, place),
            AggregatedMetrics::U64(data) => self.each_of(data, run, place),
            AggregatedMetrics::I64(data) => self.each_of(data, run, place),
        }
    }

    fn each_of<T: Number, F: Form, P: Policy, E: FnMut(Request<'_>)>(
        &self,
        data: &MetricData<T>,
        run: &mut Run<'_, F, P, E>,
        place: &Place<'_>,
    ) {
        macro_rules! exemplars_of {
            ($point:ident) => {
                match self.exemplars {
                    Some(exemplars) => exemplars.point(|| $point.attributes()),
                    None => &[],
                }
            };
        }
        match data {
            MetricData::Gauge(of) => of.data_points().for_each(|it| run.add(place, (of, it))),
            MetricData::Sum(of) => of.data_points().for_each(|it| run.add(place, (of, it))),
            MetricData::Histogram(of) => of
                .data_points()
                .for_each(|it| run.add(place, (of, it, exemplars_of!(it)))),
            MetricData::ExponentialHistogram(of) => of
                .data_points()
                .for_each(|it| run.add(place, (of, it, exemplars_of!(it)))),
        }
    }
}
