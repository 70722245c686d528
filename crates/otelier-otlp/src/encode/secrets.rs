//! What is done with values: asked once for each key, and for each text.

use std::{borrow::Cow, collections::HashMap};

use super::Policy;

/// Keys of one record that are foreseen.
const FORESEEN: usize = 64;
/// Keys of a batch that are known by their place.
const PLACES: usize = 256;
/// The most names that are kept, and the longest, in bytes.
const NAMES: usize = 1024;
const LONGEST: usize = 128;

/// Texts without a secret that are known again wherever they lie, one for each
/// remainder of their lengths: those of which a look costs less than a search.
const TEXTS: usize = 16;
const LONG: std::ops::RangeInclusive<usize> = 32..=4096;

/// What is done with the value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    Keep,
    Search,
    Hide,
}

/// Answers for keys by where they lie in memory: while a batch is borrowed, two
/// keys at one place are the same key, and two texts the same text. Most records
/// have the keys of the one before, in the same order, so the next one mostly is
/// the one that is looked at first.
#[derive(Debug)]
pub(super) struct Secrets {
    foreseen: Box<[Known; FORESEEN]>,
    /// Texts without a secret, each at the place of its key.
    clean: Box<[Text; FORESEEN]>,
    /// From batch to batch: user agents, statements.
    texts: [String; TEXTS],
    next: usize,
    /// A key of this list was not foreseen.
    pub(super) is_new: bool,
    /// By a hash of their places.
    placed: Box<[Known; PLACES]>,
    /// By their text, from batch to batch.
    names: HashMap<Box<str>, Treatment>,
    /// Values that were replaced.
    pub(super) redacted: u64,
    /// What is written is to be made smaller.
    pub(super) cut: Option<Cut>,
}

/// How a record is made to fit into a request: texts have at most so many
/// characters, and at last its events and links are left out.
pub(super) const CUTS: [(usize, Rest); 5] = [
    (16 * 1024, Rest::Stays),
    (2 * 1024, Rest::Stays),
    (256, Rest::Stays),
    (64, Rest::Stays),
    (64, Rest::Goes),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Stays,
    Goes,
}

#[derive(Debug)]
pub(super) struct Cut {
    most: usize,
    rest: Rest,
    /// Said in the first list of attributes.
    pub(super) reason: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    at: usize,
    len: usize,
    treatment: Treatment,
}

const NONE: Known = Known {
    at: 0,
    len: 0,
    treatment: Treatment::Keep,
};

/// Where a text lies.
type Text = (usize, usize);

impl Secrets {
    pub(super) fn new() -> Self {
        Self {
            foreseen: Box::new([NONE; FORESEEN]),
            clean: Box::new([(0, 0); FORESEEN]),
            texts: Default::default(),
            next: 0,
            is_new: false,
            placed: Box::new([NONE; PLACES]),
            names: HashMap::new(),
            redacted: 0,
            cut: None,
        }
    }

    /// Has what is written next cut, of a record of so many bytes.
    pub(super) fn cut(&mut self, (most, rest): (usize, Rest), bytes: usize) {
        self.forget();
        let reason = format!("total size of {bytes} bytes exceeds what one request may hold");
        self.cut = Some(Cut {
            most,
            rest,
            reason: Some(reason),
        });
    }

    pub(super) fn cut_no_more(&mut self) {
        // What is closed was looked at, too.
        self.forget();
        self.cut = None;
    }

    /// Whether the events and links of a span are left out.
    #[inline]
    pub(super) fn is_bare(&self) -> bool {
        matches!(
            &self.cut,
            Some(Cut {
                rest: Rest::Goes,
                ..
            })
        )
    }

    /// What leaves of bytes: they are looked at as the text that they may be.
    pub(super) fn bytes<'a>(&mut self, policy: &impl Policy, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let text = String::from_utf8_lossy(bytes);
        let shown = match policy.text(&text) {
            Cow::Owned(shown) => {
                self.redacted += 1;
                Cow::Owned(shown.into_bytes())
            }
            Cow::Borrowed(_) => Cow::Borrowed(bytes),
        };
        match (&self.cut, shown) {
            (Some(Cut { most, .. }), Cow::Borrowed(bytes)) => {
                bytes.get(..*most).unwrap_or(bytes).into()
            }
            (Some(Cut { most, .. }), Cow::Owned(mut bytes)) => {
                bytes.truncate(*most);
                bytes.into()
            }
            (None, shown) => shown,
        }
    }

    /// Must be called before other memory is looked at.
    pub(super) fn forget(&mut self) {
        self.foreseen.fill(NONE);
        self.clean.fill((0, 0));
        self.placed.fill(NONE);
    }

    /// Begins a record.
    #[inline]
    pub(super) fn begin(&mut self) {
        self.next = 0;
    }

    /// Begins a list of so many attributes.
    ///
    /// It is foreseen like a key: where nothing of a list is new, the list is
    /// the one that was there in the record before, which had each key once.
    #[inline]
    pub(super) fn begin_list(&mut self, len: usize) {
        let place = self.next % FORESEEN;
        self.next = place + 1;
        self.is_new = false;
        if let Some(known) = self.foreseen.get_mut(place)
            && (known.at, known.len) != (1, len)
        {
            *known = Known {
                at: 1,
                len,
                treatment: Treatment::Keep,
            };
            self.is_new = true;
        }
    }

    /// Tells what is done with the value of `key`.
    #[inline]
    pub(super) fn treatment(&mut self, policy: &impl Policy, key: &str) -> Treatment {
        let (at, len) = (key.as_ptr().addr(), key.len());
        let place = self.next % FORESEEN;
        self.next = place + 1;
        match self.foreseen.get(place) {
            Some(known) if known.at == at && known.len == len => known.treatment,
            _ => self.look_up(policy, key, place),
        }
    }

    #[inline(never)]
    fn look_up(&mut self, policy: &impl Policy, key: &str, place: usize) -> Treatment {
        self.is_new = true;
        let (at, len) = (key.as_ptr().addr(), key.len());
        // Keys of one program lie close together, at any distance: the upper
        // bits of a product depend on all of the lower ones.
        let hash = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
        let hash = usize::from(hash.to_le_bytes()[0]);
        let known = match self.placed.get(hash) {
            Some(known) if known.at == at && known.len == len => *known,
            _ => {
                let treatment = match self.by_name(policy, key) {
                    Treatment::Keep if self.cut.is_some() => Treatment::Search,
                    treatment => treatment,
                };
                Known { at, len, treatment }
            }
        };
        let targets = [self.foreseen.get_mut(place), self.placed.get_mut(hash)];
        for target in targets.into_iter().flatten() {
            *target = known;
        }
        known.treatment
    }

    fn by_name(&mut self, policy: &impl Policy, key: &str) -> Treatment {
        if let Some(treatment) = self.names.get(key) {
            return *treatment;
        }
        let treatment = if policy.is_secret(key) {
            Treatment::Hide
        } else if policy.is_closed(key) {
            Treatment::Keep
        } else {
            Treatment::Search
        };
        if key.len() <= LONGEST && self.names.len() < NAMES {
            self.names.insert(key.into(), treatment);
        }
        treatment
    }

    /// What leaves of the text that is the value of the last key.
    #[inline]
    pub(super) fn text<'a>(&mut self, policy: &impl Policy, text: &'a str) -> Cow<'a, str> {
        let known = (text.as_ptr().addr(), text.len());
        let place = self.next.wrapping_sub(1) % FORESEEN;
        match self.clean.get(place) {
            Some(clean) if *clean == known => text.into(),
            _ => self.search(policy, text, place),
        }
    }

    #[inline(never)]
    fn search<'a>(&mut self, policy: &impl Policy, text: &'a str, place: usize) -> Cow<'a, str> {
        if let Some(Cut { most, .. }) = self.cut {
            return match policy.text(text) {
                Cow::Borrowed(text) => policy.shorten(text, most),
                Cow::Owned(text) => policy.shorten(&text, most).into_owned().into(),
            };
        }
        let known = self.texts.get_mut(text.len() % TEXTS);
        let known = known.filter(|_| LONG.contains(&text.len()));
        if known.as_ref().is_some_and(|known| *known == text) {
            return text.into();
        }
        let found = policy.text(text);
        match &found {
            Cow::Owned(_) => self.redacted += 1,
            Cow::Borrowed(_) => {
                if let Some(clean) = self.clean.get_mut(place) {
                    *clean = (text.as_ptr().addr(), text.len());
                }
                if let Some(known) = known {
                    known.clear();
                    known.push_str(text);
                }
            }
        }
        found
    }

    /// The same for a text that has no key.
    #[inline]
    pub(super) fn free_text<'a>(&mut self, policy: &impl Policy, text: &'a str) -> Cow<'a, str> {
        self.next += 1;
        self.text(policy, text)
    }
}

/// Of how many keys each is compared with each other.
const FEW: usize = 16;

/// Which of the keys come again later in the list, or `None` if none does. Linear
/// in the list; nothing is allocated for up to 16 keys without a double one.
#[inline(never)]
pub(super) fn doubles<'a>(mut keys: impl Iterator<Item = &'a str>) -> Option<Vec<bool>> {
    let mut few = [""; FEW];
    let mut len = 0;
    for (slot, key) in few.iter_mut().zip(&mut keys) {
        *slot = key;
        len += 1;
    }
    let few = few.get(..len).unwrap_or_default();
    let Some(next) = keys.next() else {
        let mut rest = few;
        while let Some((key, others)) = rest.split_first() {
            if others.contains(key) {
                return Some(early(few));
            }
            rest = others;
        }
        return None;
    };
    let mut many = few.to_vec();
    many.push(next);
    many.extend(keys);
    let early = early(&many);
    early.contains(&true).then_some(early)
}

fn early(keys: &[&str]) -> Vec<bool> {
    let last: HashMap<_, _> = keys.iter().enumerate().map(|(at, key)| (key, at)).collect();
    let is_early = |(at, key)| last.get(key).is_some_and(|last| *last > at);
    keys.iter().enumerate().map(is_early).collect()
}
