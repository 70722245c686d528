//! The metrics of one kind: bounded, and found again at each use.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use metrics::Key;
use opentelemetry::KeyValue;

use super::labels;

const MAX_NAMES: usize = 512;
const MAX_SERIES: usize = 1000;

/// A value with its labels.
pub(super) struct Series<V> {
    pub(super) labels: Vec<KeyValue>,
    pub(super) value: Arc<V>,
}

/// The series of one name, read when metrics are collected.
pub(super) type Read<V> = Arc<Mutex<Vec<Series<V>>>>;

pub(super) struct Family<V> {
    known: RwLock<HashMap<Key, Arc<V>>>,
    names: Mutex<HashMap<String, Name<V>>>,
}

struct Name<V> {
    read: Read<V>,
    overflow: Option<Arc<V>>,
}

impl<V> Family<V> {
    pub(super) fn new() -> Self {
        Self {
            known: RwLock::default(),
            names: Mutex::default(),
        }
    }

    /// The value of a metric, made by `make` if it is new, `None` if there is no
    /// room for its name. `begin` is called for a new name.
    pub(super) fn get(
        &self,
        key: &Key,
        make: impl FnOnce(&str, Vec<KeyValue>) -> V,
        begin: impl FnOnce(String, &Read<V>),
    ) -> Option<Arc<V>> {
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(value) = known.get(key) {
                return Some(Arc::clone(value));
            }
        }
        self.add(key, make, begin)
    }

    #[cold]
    fn add(
        &self,
        key: &Key,
        make: impl FnOnce(&str, Vec<KeyValue>) -> V,
        begin: impl FnOnce(String, &Read<V>),
    ) -> Option<Arc<V>> {
        let wanted = labels::name(key.name());
        // One at a time, so that each is made once.
        let mut names = lock(&self.names);
        let is_new = !names.contains_key(&wanted);
        if is_new && names.len() >= MAX_NAMES {
            return None;
        }
        let name = names.entry(wanted.clone()).or_insert_with(|| Name {
            read: Arc::default(),
            overflow: None,
        });
        let mut series = lock(&name.read);
        if let Some(overflow) = &name.overflow {
            return Some(Arc::clone(overflow));
        }
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(value) = known.get(key) {
                return Some(Arc::clone(value));
            }
        }
        let has_room = series.len() < MAX_SERIES;
        let own = if has_room {
            labels::labels(key)
        } else {
            labels::overflow()
        };
        let value = Arc::new(make(&wanted, own.clone()));
        series.push(Series {
            labels: own,
            value: Arc::clone(&value),
        });
        drop(series);
        if has_room {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(key.to_retained(), Arc::clone(&value));
        } else {
            name.overflow = Some(Arc::clone(&value));
        }
        if is_new {
            begin(wanted, &name.read);
        }
        Some(value)
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
