// Every GPU as a vessel: weights, activations and KV cache from the bottom up, against the line that vLLM may fill to.
import type { ReactNode } from "react";
import { formatBinaryBytes } from "../../ui/format.ts";
import { round } from "../../ui/marker.tsx";
import { Hatch, hatchFill, Picture, type DrawnPicture } from "../../ui/picture.tsx";
import { roundStep } from "../../ui/scale.ts";
import { GIBI, KIBI } from "../../core/units/units.ts";
import type { Layer, Memory } from "./scene.ts";

const HEIGHT = 260;
const TOP = { wide: 16, narrow: 30 };
const BOTTOM = 22;
const LEFT = 56;
const NAMES_WIDTH = 150;
const WIDEST_TANK = 96;
/** Of a distance between two tanks. */
const GAP_SHARE = 0.22;

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly id: string;
  /** Whether the lines have their names beside them; otherwise above. */
  readonly isWide: boolean;
  readonly toY: (value: number) => number;
}

function createFrame({ needed, total }: Memory, width: number, id: string): Frame {
  const most = Math.max(total * 1.06, needed * 1.03);
  const isWide = width >= 560;
  const top = isWide ? TOP.wide : TOP.narrow;
  return {
    left: LEFT,
    right: width - (isWide ? NAMES_WIDTH : 0),
    id,
    isWide,
    toY: (value) => round(HEIGHT - BOTTOM - (value / most) * (HEIGHT - top - BOTTOM)),
  };
}

function Scale({ frame, memory }: { readonly frame: Frame; readonly memory: Memory }): ReactNode {
  const most = Math.max(memory.total, memory.needed);
  const [unit, name] = most < KIBI * GIBI ? [GIBI, "GiB"] : [KIBI * GIBI, "TiB"];
  const step = roundStep(most / unit, 4);
  const ticks = Array.from(
    { length: Math.floor(most / unit / step) + 1 },
    (_, i) => i * step * unit,
  );
  return (
    <g>
      {ticks.map((tick) => (
        <g key={tick}>
          <line
            className="chart-grid"
            x1={LEFT}
            x2={frame.right}
            y1={frame.toY(tick)}
            y2={frame.toY(tick)}
          />
          <text className="chart-tick" x={LEFT - 8} y={frame.toY(tick) + 4} textAnchor="end">
            {round(tick / unit)} {name}
          </text>
        </g>
      ))}
    </g>
  );
}

interface Part {
  readonly layer: Layer;
  readonly from: number;
  readonly to: number;
  readonly isOver: boolean;
}

/** Cut at the line: what is below fits, what is above does not. */
function cutLayers({ layers, usable }: Memory): Part[] {
  let sum = 0;
  return layers.flatMap((layer) => {
    const [from, to] = [sum, sum + layer.bytes];
    sum = to;
    return [
      { layer, from, to: Math.min(to, usable), isOver: false },
      { layer, from: Math.max(from, usable), to, isOver: true },
    ].filter((part) => part.to > part.from);
  });
}

interface TankProps {
  readonly memory: Memory;
  readonly frame: Frame;
  readonly x: number;
  readonly width: number;
}

function Tank({ memory, frame, x, width }: TankProps): ReactNode {
  const { toY, id } = frame;
  const [bottom, rim, line] = [toY(0), toY(memory.total), toY(memory.usable)];
  return (
    <g transform={`translate(${round(x)} 0)`}>
      <rect y={rim} width={width} height={round(line - rim)} fill={hatchFill(`${id}-rest`)} />
      {cutLayers(memory).map(({ layer, from, to, isOver }) => (
        <rect
          key={`${layer.id} ${isOver}`}
          y={toY(to)}
          width={width}
          height={round(Math.max(1, toY(from) - toY(to)))}
          fill={isOver ? hatchFill(`${id}-${layer.id}`) : `var(--${layer.colour})`}
          stroke={isOver ? `var(--${layer.colour})` : "none"}
        />
      ))}
      <path className="memory-bar-wall" d={`M0 ${rim}V${bottom}H${round(width)}V${rim}`} />
    </g>
  );
}

interface LineProps {
  readonly frame: Frame;
  readonly at: number;
  readonly name: string;
  readonly shift: number;
}

function Line({ frame, at, name, shift }: LineProps): ReactNode {
  const y = frame.toY(at);
  return (
    <>
      <path className="chart-rule" d={`M${LEFT} ${y}H${frame.right}`} />
      {frame.isWide && (
        <text className="chart-annotation" x={frame.right + 8} y={y + shift}>
          {name} {formatBinaryBytes(at)}
        </text>
      )}
    </>
  );
}

function drawTanks(
  { memory, numGpus }: { readonly memory: Memory; readonly numGpus: number },
  width: number,
  id: string,
): DrawnPicture {
  const frame = createFrame(memory, width, id);
  const pitch = Math.min(WIDEST_TANK / (1 - GAP_SHARE), (frame.right - LEFT) / numGpus);
  const tank = round(pitch * (1 - GAP_SHARE));
  return {
    height: HEIGHT,
    content: (
      <>
        <Hatch id={`${id}-rest`} colour="rule" />
        {memory.layers.map((layer) => (
          <Hatch key={layer.id} id={`${id}-${layer.id}`} colour={layer.colour} />
        ))}
        <Scale frame={frame} memory={memory} />
        {Array.from({ length: numGpus }, (_, i) => {
          const x = LEFT + i * pitch + (pitch - tank) / 2;
          return (
            <g key={i}>
              <Tank memory={memory} frame={frame} x={x} width={tank} />
              <text
                className="chart-tick"
                x={round(x + tank / 2)}
                y={HEIGHT - 6}
                textAnchor="middle"
              >
                {i + 1}
              </text>
            </g>
          );
        })}
        {!frame.isWide && (
          <text className="chart-annotation" x={LEFT} y={12}>
            dotted: memory {formatBinaryBytes(memory.total)}, may fill{" "}
            {formatBinaryBytes(memory.usable)}
          </text>
        )}
        <Line frame={frame} at={memory.total} name="memory" shift={-2} />
        <Line frame={frame} at={memory.usable} name="may fill" shift={12} />
      </>
    ),
  };
}

export interface TanksPictureProps {
  readonly memory: Memory;
  readonly numGpus: number;
  readonly description: string;
}

export function TanksPicture({ description, ...tanks }: TanksPictureProps): ReactNode {
  return <Picture description={description} draw={(width, id) => drawTanks(tanks, width, id)} />;
}
