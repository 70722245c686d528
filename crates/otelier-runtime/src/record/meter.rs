//! Instruments that are observed together.

use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::metrics::{AsyncInstrument, Meter};

/// What one instrument tells of a reading.
pub(super) type Observe<T, N> = fn(&T, &dyn AsyncInstrument<N>);

/// Makes observable instruments that share one reading for each collection:
/// the values of a collection belong together, and are read once.
pub(super) struct Together<'a, T> {
    meter: &'a Meter,
    reading: Arc<Mutex<Reading<T>>>,
    made: u32,
}

struct Reading<T> {
    take: Box<dyn FnMut() -> T + Send>,
    taken: Option<T>,
    /// Which instruments have told what was taken, a bit for each.
    told: u64,
}

impl<T> Reading<T> {
    /// An instrument that asks again does so for another collection.
    fn of(&mut self, instrument: u64) -> &T {
        if self.told & instrument != 0 {
            self.told = 0;
            self.taken = None;
        }
        self.told |= instrument;
        self.taken.get_or_insert_with(&mut self.take)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $number:ty, $make:ident;)*) => {$(
        $(#[$doc])*
        pub(super) fn $kind(
            &mut self,
            name: &'static str,
            unit: &'static str,
            description: &'static str,
            observe: Observe<T, $number>,
        ) {
            let instrument = self.meter.$make(name);
            let callback = self.callback(observe);
            let _ = instrument
                .with_unit(unit)
                .with_description(description)
                .with_callback(callback)
                .build();
        }
    )*};
}

impl<'a, T: Send + 'static> Together<'a, T> {
    pub(super) fn new(meter: &'a Meter, take: impl FnMut() -> T + Send + 'static) -> Self {
        let reading = Reading {
            take: Box::new(take),
            taken: None,
            told: 0,
        };
        Self {
            meter,
            reading: Arc::new(Mutex::new(reading)),
            made: 0,
        }
    }

    kinds! {
        /// A whole number that only grows.
        counter: u64, u64_observable_counter;
        /// Seconds that only grow.
        time: f64, f64_observable_counter;
        /// A whole number that grows and shrinks.
        level: i64, i64_observable_up_down_counter;
        /// A value that makes no sense as a sum.
        gauge: f64, f64_observable_gauge;
    }

    fn callback<N>(
        &mut self,
        observe: Observe<T, N>,
    ) -> impl Fn(&dyn AsyncInstrument<N>) + Send + Sync + use<N, T>
    where
        N: 'static,
    {
        let reading = Arc::clone(&self.reading);
        let instrument = 1 << self.made;
        self.made += 1;
        move |values| {
            let mut reading = reading.lock().unwrap_or_else(PoisonError::into_inner);
            observe(reading.of(instrument), values);
        }
    }
}

/// A count of the operating system's as OpenTelemetry has it.
pub(super) fn level(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_taken_once_for_each_collection_in_any_order() {
        let mut next = 0;
        let mut reading = Reading {
            take: Box::new(move || {
                next += 1;
                next
            }),
            taken: None,
            told: 0,
        };
        let mut read = |instruments: &[u64]| -> Vec<i32> {
            instruments.iter().map(|bit| *reading.of(*bit)).collect()
        };
        assert_eq!(read(&[1, 2, 4]), [1, 1, 1]);
        assert_eq!(read(&[2, 1, 4]), [2, 2, 2]);
        // A view may drop one of them.
        assert_eq!(read(&[2, 4, 2, 4]), [3, 3, 4, 4]);
    }
}
