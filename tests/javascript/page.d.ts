/* What the templates promise the scripts and the browser's own types cannot know. */

interface Document {
  readonly activeElement: any;
  /** Which kind of element an id names (video, dialog, form …) is decided by the template. */
  getElementById(id: string): any;
}

/** Every element of our pages is an HTML element. */
interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<HTMLElement>;
}

/** Events are delivered to elements here. */
interface EventTarget {
  closest(selectors: string): any;
}

interface Event {
  /** Events of our own (MediaCall) carry a detail. */
  detail: any;
}

/** Set by `openSocket`: resolves when the socket ends. */
interface WebSocket {
  closed: Promise<unknown>;
}

/** A page's camera, handed from its check to its call. `closed` counts the times it was closed. */
interface SharedCamera {
  stream: MediaStream | null;
  closed?: number;
  opening?: Promise<string> | null;
  asking?: { closed: number | undefined; answer: Promise<string> } | null;
  stopMeter?: () => void;
}

/** The right to a seat, the media process that has the room, and where to reach it. */
interface SeatTicket {
  ticket: string;
  signal_url: string;
  node: string;
  /** Its media goes through the relay only. */
  relay?: boolean;
}

/** A seat of the room as the media process tells of it. */
interface Seat {
  seat: number;
  role: string;
  self: boolean;
  connected: boolean;
  audio: boolean;
  video: boolean;
  /** Its picture is a screen or a window, not a camera. */
  screen: boolean;
  /** Its sound arrives at the media process; it hears the others; what is weak about its call. */
  heard: boolean;
  hears: boolean;
  quality: "good" | "net" | "device";
  mids?: { audio: string; video: string };
  /** Of whoever sits there, for end-to-end encryption: "" cannot, null nobody. Unknown to older media processes. */
  public?: string | null;
}

/** What a connection has counted since it stands; `roundTrip` in seconds. */
interface Figures {
  received: number;
  lost: number;
  framesDecoded: number;
  audioReceived: number;
  /** Of one's own microphone; NaN where the browser does not say. */
  energy: number;
  /** What holds one's own picture back: none, cpu, bandwidth or other. */
  limited: string;
  /** Bit/s that the way up may take, as the browser reckons. */
  up: number;
  /** Octets of everything, up and down. */
  sent: number;
  octets: number;
  roundTrip: number | null;
  relayed: boolean;
}

/** How a device reaches the media process: bit/s, share of packets, seconds; null where it was not measured. */
interface Path {
  signalling: boolean;
  media: boolean | null;
  roundTrip: number | null;
  relayed: boolean;
  up: number | null;
  sent: number | null;
  down: number | null;
  loss: number | null;
  relays: Record<string, boolean>;
}

/** RFC 9457, as our API answers. */
interface Problem {
  title?: string;
  detail?: string;
  because?: string;
  who?: string;
  [member: string]: unknown;
}

/** Data attributes that the templates write wherever a script reads them. */
interface DOMStringMap {
  copies: string;
  draft: string;
  kept: string;
  keeps: string;
  masked: string;
  probe: string;
  quick: string;
  sends: string;
  ticket: string;
  verdictTo: string;
}
