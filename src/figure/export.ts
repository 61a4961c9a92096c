// Saving a figure: its values as CSV, its picture as SVG or PNG, with the page's colours written into it.

function save(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser has taken the address by the next task.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export function saveText(text: string, fileName: string, type: string): void {
  save(new Blob([text], { type: `${type};charset=utf-8` }), fileName);
}

/** The drawing of a figure: the first visible canvas or picture in SVG. */
export function findPicture(body: Element): SVGSVGElement | HTMLCanvasElement | undefined {
  for (const element of body.querySelectorAll("svg[role=img], canvas")) {
    if (element instanceof HTMLCanvasElement || element instanceof SVGSVGElement) {
      if (element.getBoundingClientRect().width > 0) return element;
    }
  }
  return undefined;
}

const STYLES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linejoin",
  "paint-order",
  "opacity",
  "font-family",
  "font-size",
  "font-style",
  "font-weight",
  "text-anchor",
];

/** A copy that needs no style sheet: every colour and typeface is written out. */
function standalone(svg: SVGSVGElement): SVGSVGElement {
  const copy = svg.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) return svg;
  const originals = svg.querySelectorAll("*");
  for (const [i, element] of [...copy.querySelectorAll("*")].entries()) {
    const original = originals[i];
    if (original === undefined) continue;
    const style = getComputedStyle(original);
    for (const name of STYLES) element.setAttribute(name, style.getPropertyValue(name));
    element.removeAttribute("class");
  }
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(Math.round(width)));
  copy.setAttribute("height", String(Math.round(height)));
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const [x, y] = [svg.viewBox.baseVal.x, svg.viewBox.baseVal.y];
  for (const [name, value] of Object.entries({ x, y, width: "100%", height: "100%" })) {
    paper.setAttribute(name, String(value));
  }
  paper.setAttribute("fill", getComputedStyle(document.documentElement).backgroundColor);
  copy.prepend(paper);
  return copy;
}

function toSvgText(svg: SVGSVGElement): string {
  return new XMLSerializer().serializeToString(standalone(svg));
}

export function saveSvg(svg: SVGSVGElement, fileName: string): void {
  saveText(toSvgText(svg), fileName, "image/svg+xml");
}

async function rasterise(svg: SVGSVGElement, scale: number): Promise<HTMLCanvasElement> {
  const url = URL.createObjectURL(new Blob([toSvgText(svg)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    const { width, height } = svg.getBoundingClientRect();
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** At twice the size on the screen, for slides and print. */
export async function savePng(
  picture: SVGSVGElement | HTMLCanvasElement,
  fileName: string,
): Promise<void> {
  const canvas = picture instanceof HTMLCanvasElement ? picture : await rasterise(picture, 2);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob) save(blob, fileName);
}
