//! Writing SVG, in the colours of the theme.

use std::fmt::Write as _;

use super::html::escape;

/// An SVG in the making. Lengths are in its own units, which are about a pixel each on a telephone.
pub struct Svg {
    id: &'static str,
    width: f64,
    height: f64,
    body: String,
}

/// Where a text is held.
#[derive(Debug, Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub enum Ink {
    /// `--fg`.
    Plain,
    /// `--fg-soft`.
    Soft,
    /// `--fg`, bold.
    Strong,
    /// `--fg`, where a line passes behind it.
    Haloed,
}

/// The size of all letters.
pub const LETTER: f64 = 12.0;
/// How wide a letter is at most, on average: room is kept by it.
const MEAN_LETTER: f64 = 6.2;

/// The room that a text needs.
#[allow(clippy::cast_precision_loss, reason = "labels are short")]
pub fn width_of(text: &str) -> f64 {
    text.chars().count() as f64 * MEAN_LETTER
}

impl Svg {
    /// `id` is the beginning of the ids in it, and so has to differ between the kinds of picture on one page.
    pub fn new(id: &'static str, width: f64, height: f64) -> Self {
        Self {
            id,
            width,
            height,
            body: String::new(),
        }
    }

    /// A rectangle, filled with a colour of the theme (`--yours-code`).
    pub fn block(&mut self, x: f64, y: f64, width: f64, height: f64, colour: &str) {
        let _ = write!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" style=\"fill:var({colour})\"/>"
        );
    }

    /// A rectangle hatched in a colour of the theme, so that it differs from a filled one in print too.
    pub fn hatched(&mut self, x: f64, y: f64, width: f64, height: f64, colour: &str) {
        let _ = write!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             style=\"fill:url(#{}-hatch);stroke:var({colour});stroke-width:1\"/>",
            self.id
        );
    }

    /// The outline of a rectangle.
    pub fn outline(&mut self, x: f64, y: f64, width: f64, height: f64, colour: &str) {
        let _ = write!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\" \
             style=\"fill:none;stroke:var({colour});stroke-width:1.5\"/>"
        );
    }

    /// A band for a text: a colour of the theme that is a ground, with a thin edge for print.
    pub fn band(&mut self, x: f64, y: f64, width: f64, height: f64, colour: &str) {
        let _ = write!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\" \
             style=\"fill:var({colour});stroke:var(--rule);stroke-width:1\"/>"
        );
    }

    /// A line from left to right.
    pub fn rule(&mut self, x: f64, y: f64, width: f64, colour: &str, thick: f64) {
        let _ = write!(
            self.body,
            "<path d=\"M{x:.1} {y:.1}h{width:.1}\" style=\"stroke:var({colour});stroke-width:{thick}\"/>"
        );
    }

    /// A line from the top down.
    pub fn upright(&mut self, x: f64, y: f64, height: f64, colour: &str) {
        let _ = write!(
            self.body,
            "<path d=\"M{x:.1} {y:.1}v{height:.1}\" style=\"stroke:var({colour});stroke-width:1\"/>"
        );
    }

    /// A line through these points, broken where it tells what is not so.
    pub fn line(&mut self, points: &[(f64, f64)], colour: &str, is_broken: bool) {
        let Some(((x, y), others)) = points.split_first() else {
            return;
        };
        let mut path = format!("M{x:.1} {y:.1}");
        for (x, y) in others {
            let _ = write!(path, "L{x:.1} {y:.1}");
        }
        let dashes = if is_broken {
            ";stroke-dasharray:3 3"
        } else {
            ""
        };
        let _ = write!(
            self.body,
            "<path d=\"{path}\" style=\"fill:none;stroke:var({colour});stroke-width:1.5{dashes}\"/>"
        );
    }

    /// A mark at a point.
    pub fn dot(&mut self, x: f64, y: f64, colour: &str) {
        let _ = write!(
            self.body,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.2\" style=\"fill:var({colour});stroke:var(--bg);stroke-width:1\"/>"
        );
    }

    /// A line of text whose letters stand on `y`.
    pub fn text(&mut self, x: f64, y: f64, anchor: Anchor, ink: Ink, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let style = match ink {
            Ink::Plain => "fill:var(--fg)",
            Ink::Soft => "fill:var(--fg-soft)",
            Ink::Strong => "fill:var(--fg);font-weight:bold",
            Ink::Haloed => "fill:var(--fg);paint-order:stroke;stroke:var(--bg);stroke-width:3",
        };
        let _ = write!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" style=\"{style}\">{}</text>",
            escape(text)
        );
    }

    /// The finished picture as a file, which brings its colours along as a style sheet.
    pub fn standalone(self, title: &str, description: &str, colours: &str) -> String {
        const MARGIN: f64 = 12.0;
        let (width, height) = (self.width + 2.0 * MARGIN, self.height + 2.0 * MARGIN);
        let open = format!(
            "xmlns=\"http://www.w3.org/2000/svg\" font-family=\"Georgia,serif\" width=\"{:.0}\" height=\"{:.0}\" \
             viewBox=\"-{MARGIN} -{MARGIN} {width:.0} {height:.0}\"",
            width * 1.4,
            height * 1.4
        );
        let ground = format!(
            "<style>{colours}</style><rect x=\"-{MARGIN}\" y=\"-{MARGIN}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             style=\"fill:var(--bg)\"/>"
        );
        self.write(&open, title, description, &ground) + "\n"
    }

    /// The finished picture for a page, with its title and its description for those who do not see it.
    pub fn html(self, title: &str, description: &str) -> String {
        let open = format!(
            "viewBox=\"0 0 {:.0} {:.0}\" style=\"width:min(100%,{:.0}px);height:auto\"",
            self.width,
            self.height,
            self.width * 1.4
        );
        self.write(&open, title, description, "")
    }

    fn write(self, attributes: &str, title: &str, description: &str, ground: &str) -> String {
        let Self { id, body, .. } = self;
        format!(
            "<svg role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" {attributes} font-size=\"{LETTER}\">\
             <title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>{ground}\
             <defs><pattern id=\"{id}-hatch\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
             <path d=\"M0 0v4\" style=\"stroke:var(--yours-config);stroke-width:3\"/></pattern></defs>{body}</svg>",
            escape(title),
            escape(description)
        )
    }
}
