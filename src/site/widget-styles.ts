// Rules of the widgets, in their own layer of the one style sheet. A module of its own, imported after the styles of
// the site: Vite moves these imports to the top of their file, and the first sheet decides the order of the layers.
import.meta.glob(["../live/style.css", "../widgets/*/style.css"], { eager: true });
