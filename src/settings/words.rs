//! Settings whose values are words out of a fixed set.

/// Declares an enum whose values are words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every value, in the order in which they are offered.
            #[allow(dead_code, reason = "not every enum of words is listed somewhere")]
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that stands for this value.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What the guard does with the violations it finds (`guardrail.mode`).
    Mode {
        /// It checks nothing.
        Off = "off",
        /// It reports violations at level `error` as warnings and refuses nothing.
        Warn = "warn",
        /// It refuses a statement or a transaction that has a violation at level `error`.
        Enforce = "enforce",
    }
}

words! {
    /// How a violation of a rule is reported.
    Level { Off = "off", Notice = "notice", Warning = "warning", Error = "error" }
}

words! {
    /// A ready set of levels and option defaults (`guardrail.preset`).
    Preset {
        /// The four rules that the extension exists for.
        Core = "core",
        /// Those, and as warnings what most teams expect.
        Recommended = "recommended",
        /// The conventions of a team that uses SQLAlchemy and Alembic.
        House = "house",
        /// `recommended` without what Django decides by itself.
        Django = "django",
        /// `recommended` without what Rails decides by itself.
        Rails = "rails",
        /// `recommended` without what Prisma decides by itself.
        Prisma = "prisma",
        /// No rule.
        None = "none",
    }
}

/// The preset where none was set.
pub const DEFAULT_PRESET: Preset = Preset::Recommended;

/// The word in a rule's own setting that stands for the level under the preset.
pub const FOLLOW_PRESET: &str = "preset";
