// Shapes that the pages, the worker and the server share. Types only: nothing here is published.

/** Words of one text: Japanese is always there. */
interface Texts {
  ja: string;
  easy?: string;
  en?: string;
}

interface NoticeLink {
  url: string;
  label: string;
}

/** One topic notice as the city publishes it: /notices/<id>.json and the items of a feed. */
interface Notice {
  id: string;
  topic: string;
  /** null: the whole city */
  area: string | null;
  /** school year of birth (2 April Y to 1 April Y+1); null: children of every age */
  cohort: number | null;
  /** ISO 8601 with offset */
  published: string;
  expires: string;
  urgency: string;
  title: Texts;
  text: Texts;
  links: NoticeLink[];
  procedure: string | null;
  withdrawn: boolean;
  reason: string;
  url: string;
  /** title and text for やさしい日本語 with readings: [漢字|かんじ] */
  furigana?: { title: string; text: string };
}

interface Feed {
  version: number;
  topic: string;
  updated: string;
  items: Notice[];
}

/** What the person did with a notice on this device. Unix milliseconds, null: not done. */
interface NoticeState {
  id: string;
  read_at: number | null;
  archived_at: number | null;
}

type Language = "ja" | "easy" | "en";

/** What a person chose to follow; kept on the device, sent to the city only with push. */
interface Choices {
  topics: string[];
  area: string | null;
  cohorts: number[];
  /** topic -> ISO time since when it is followed on this device */
  since: { [topic: string]: string };
}

/** What the device holds to manage its push subscription. Never exported. */
interface Held {
  id: string;
  /** "<id>.<secret>" */
  token: string;
  /** base64url SHA-256 of the endpoint the server last acknowledged */
  endpoint_hash: string;
  /** applicationServerKey the subscription was made with, base64url */
  vapid: string;
  language: Language;
  show: "discreet" | "title";
  /** unix seconds, null: not paused */
  paused_until: number | null;
  /** made to be reminded of dates; the city knows of no topic, whatever this device keeps */
  reminders_only?: boolean;
}

interface NamedTexts {
  id: string;
  name: Texts;
}

interface TopicFacts extends NamedTexts {
  about: Texts;
  often: Texts;
  sensitive: boolean;
}

interface CohortFacts {
  id: number;
  /** ISO dates, both inclusive */
  from: string;
  to: string;
}

/** /app.json: what the pages need to know of the city. */
interface AppFacts {
  city: { name: Texts };
  vapid: string;
  topics: TopicFacts[];
  areas: NamedTexts[];
  cohorts: CohortFacts[];
}

/** What the lock screen may say when the worker has no better words (kept at follow time). */
interface LockScreen {
  title: string;
  body: string;
  lang: string;
}

/** One date this device speaks up for. Nothing of it ever leaves the device. */
interface Reminder {
  /** of whoever made it; the same id is the same reminder */
  id: string;
  /** unix milliseconds: it is told at a wake before this moment, or at the next one after it */
  at: number;
  title: Texts | string;
  /** page of this site that a tap opens */
  href: string;
  child?: string;
  /** unix milliseconds from which on it is not worth telling; four weeks after ``at`` otherwise */
  until?: number | null;
  /** unix milliseconds: before that it would not be true, and it waits for the first wake after it */
  opens?: number;
  /** unix milliseconds; it is told no more */
  done_at: number | null;
  /** unix milliseconds; it is not told before */
  snoozed_until: number | null;
}

/** The setting "reminders". */
interface Reminders {
  on: boolean;
  /** hour of the week in Japan at which this device is woken; 0 is Sunday */
  slot: { day: number; hour: number };
  show: "discreet" | "title";
  language: Language;
  /** the worker's sentences */
  words: { city: string; discreet: string; nothing: string; more: string; done: string; later: string };
  /** unix milliseconds of the moment asked for; null: none */
  wakes_at: number | null;
  told_at: number | null;
  list: Reminder[];
}

/** What the worker shows for one push. */
interface Shown {
  title: string;
  body: string;
  /** address on this site, always same-origin */
  navigate: string;
  /** notice id, or "todoke" when the message names none */
  tag: string;
  lang: string;
  silent: boolean;
  /** notice id to fetch, null when unknown */
  id: string | null;
}

// ---- forms (申請書)
interface FormOption {
  id: string;
  label: Texts;
  /** who chooses it cannot go on here */
  stop?: Texts;
}

interface FormQuestion {
  id: string;
  kind: "text" | "kana" | "date" | "choice" | "yes_no" | "phone" | "digits" | "group" | "file";
  label: Texts;
  hint?: Texts;
  why?: Texts;
  required: boolean;
  /** all must hold, else it is not asked */
  when?: { question: string; is: string[] }[];
  max_length?: number;
  lines?: number;
  digits?: number;
  earliest?: string;
  latest?: string;
  options?: FormOption[];
  most?: number;
  questions?: FormQuestion[];
  autocomplete?: string;
}

/** /forms/<procedure>.json */
interface FormFile {
  version: string;
  /** of the session that may send it: 1 a passkey, 2 the card */
  tier?: number;
  /** whether somebody with a mandate may send it */
  agent?: boolean;
  sections: { id: string; title: Texts; questions: FormQuestion[] }[];
  /** language -> rule -> sentence; [漢字|かんじ] in easy */
  rules?: { [language: string]: { [rule: string]: string } };
}

/** question id -> text, list of entries (group), list of attachment ids (file) */
type FormAnswers = { [question: string]: any };

interface FormAsked {
  /** HTML name: "claimant_name", "children-2-born" */
  path: string;
  question: FormQuestion;
  /** number of the entry of a group, 0 outside */
  entry: number;
  answer: any;
}

interface FormProblem {
  at: string;
  rule: string;
  limit: string | number;
}

// ---- the worker's world: the DOM library lacks these (lib.webworker cannot stand beside it)
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response> | Response): void;
}
interface PushEvent extends ExtendableEvent {
  readonly data: { text(): string } | null;
}
interface NotificationEvent extends ExtendableEvent {
  readonly notification: Notification;
  readonly action: string;
}
interface PushSubscriptionChangeEvent extends ExtendableEvent {
  readonly newSubscription?: PushSubscription | null;
  readonly oldSubscription?: PushSubscription | null;
}
interface WindowClient {
  readonly url: string;
  focus(): Promise<WindowClient>;
  navigate(url: string): Promise<WindowClient | null>;
  postMessage(message: unknown): void;
}
interface WorkerWorld {
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  readonly navigator: Navigator;
  readonly clients: {
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<WindowClient[]>;
    openWindow(url: string): Promise<WindowClient | null>;
    claim(): Promise<void>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(name: "install" | "activate", act: (event: ExtendableEvent) => void): void;
  addEventListener(name: "fetch", act: (event: FetchEvent) => void): void;
  addEventListener(name: "push", act: (event: PushEvent) => void): void;
  addEventListener(name: "notificationclick", act: (event: NotificationEvent) => void): void;
  addEventListener(
    name: "pushsubscriptionchange",
    act: (event: PushSubscriptionChangeEvent) => void,
  ): void;
}

/** Yen a year. rises: the most that one dependent can add, by age; null where that is not known. */
interface BenefitLimit {
  by_dependents: number[];
  further: number;
  rises: number | null;
}

/** What holds from one month (YYYY-MM) to another; until "" is open. Amounts in yen. */
interface BenefitPeriod {
  from: string;
  until: string;
  law: string;
  verified_until: string | null;
  confidence: string;
  sources: string[];
  amounts: Record<string, number>;
  /** decimal numbers as text */
  rates: Record<string, string>;
  tables: Record<string, BenefitLimit>;
  /** the limits as if every dependent added the most */
  highest?: boolean;
  uncertain: Texts | null;
}

interface Benefit {
  id: string;
  name: Texts;
  law: string;
  paid_once: boolean;
  pay_months: number[];
  pay_day: { day: number; as_of: string; source: Texts; url: string } | null;
  versions: BenefitPeriod[];
  limits: BenefitPeriod[];
}

/** /benefits.json */
interface BenefitsFile {
  version: number;
  benefits: Benefit[];
}

/** One thing that was computed; words: amounts.step.<key> */
interface AmountStep {
  key: string;
  figures: Record<string, number | string>;
}

/** One of the two amounts is there. */
interface AmountAnswer {
  yen_per_month?: number;
  yen?: number;
  steps: AmountStep[];
}

/** One rule that computes days: how it counts stands in limit, missing for a rule of ages. */
interface DeadlineRule {
  id: string;
  name: Texts;
  about: Texts;
  law: string;
  /** id of the procedure it is about, "" for none */
  procedure: string;
  limit?: { length: { amount: number; unit: string }; next_day: boolean; minus_days: number; rolls: boolean };
  /** YYYY-MM */
  as_of: string;
  confidence: string;
  sources: string[];
  uncertain: Texts | null;
}

/** /deadlines.json */
interface DeadlinesFile {
  version: number;
  rules: DeadlineRule[];
  /** first and last day of every year, MM-DD */
  windows: { procedure: string; from_md: string; to_md: string }[];
  /** ids of benefits that are paid on a day of a month */
  benefits: string[];
  /** days the city is closed beside those of the law: MM-DD or YYYY-MM-DD */
  closed: string[];
}

type FactValue = boolean | number | string;

/** One fact of /facts.json: what a rule may ask about a family. */
interface FactShape {
  name: string;
  type: "bool" | "int" | "date" | "weeks" | "text" | "choice";
  who: string;
  /** `easy` with readings: [漢字|かんじ] */
  question: Texts;
  /** what it follows from when nobody states it */
  derived_from?: string;
  law?: string;
  /** the largest whole number that makes sense */
  most: number;
  choices?: { value: string; label: Texts }[];
  ordered?: boolean;
  /** how this city answers it for who does not say otherwise: one of the three */
  settled?: { value?: boolean; to?: string; under?: number };
}

interface FactsFile {
  version: number;
  facts: FactShape[];
}

type Vocabulary = Map<string, FactShape>;

/** What is known on one day; a fact that is not there is unknown. */
interface KnownFacts {
  vocabulary: Vocabulary;
  values: Map<string, FactValue>;
}

interface RuleLeaf {
  fact: string;
  op: string;
  value: FactValue | FactValue[];
}

interface RuleBranch {
  all?: (RuleTree | null)[];
  any?: (RuleTree | null)[];
  not?: RuleTree | RuleTree[];
}

type RuleTree = RuleLeaf | RuleBranch;

/** What the evaluator reads of a procedure of /catalogue.json. */
interface RuledProcedure {
  id: string;
  eligibility?: RuleTree | null;
  effective_from?: string;
  effective_until?: string;
  ended?: boolean;
  region?: Texts;
}

interface Verdict {
  answer: "yes" | "no" | "ask";
  /** the facts that decided: enough, and none to spare */
  because: Record<string, FactValue | undefined>;
  /** unknown facts that can still change the answer, those that settle most first */
  ask: string[];
}

/** One end of a window of /timeline.json: one of these. Counted by js/windows.js. */
interface TimelineEdge {
  /** the day that age in months is reached: the day before the matching date */
  month?: number;
  /** the day after it */
  after_month?: number;
  /** days after birth; the day of birth is 0 */
  day?: number;
  /** 1 April or 31 March of the fiscal year in which that age in years is reached */
  fiscal_of_age?: number;
  /** MM-DD of the twelve months before school entry */
  before_entry?: string;
  before_due?: number;
  /** YYYY-MM-DD */
  date?: string;
}

/** 「n日以上」 or 「n月以上」: one of them. */
interface TimelineInterval {
  days?: number;
  months?: number;
}

interface TimelineWindow {
  from: TimelineEdge;
  until: TimelineEdge;
}

interface TimelineDose {
  dose: string;
  window?: Partial<TimelineWindow>;
  /** since the dose before */
  least?: TimelineInterval;
  least_of_first?: TimelineInterval;
  standard?: Partial<TimelineWindow> & { after?: TimelineInterval; within?: TimelineInterval; of_first?: boolean };
  /** not given any more when its window is over */
  dropped?: boolean;
  dropped_after?: { dose: string; edge: TimelineEdge };
  if_dropped?: { least: TimelineInterval; from: TimelineEdge };
}

interface TimelineSeries {
  id?: string;
  begun_until?: TimelineEdge;
  product?: number;
  otherwise?: string;
  doses: TimelineDose[];
}

interface TimelineCourse {
  window: TimelineWindow;
  reopened?: { born: string[]; window: TimelineWindow };
  series: TimelineSeries[];
}

interface TimelineVaccine {
  id: string;
  name: Texts;
  kind: string;
  sex?: string;
  /** "child" or "pregnant" */
  who: string;
  since?: string;
  since_counts?: boolean;
  only_begun?: boolean;
  /** the vaccine whose doses finish what was begun with this one */
  before?: string;
  special?: { born: string[]; until: TimelineEdge };
  courses: TimelineCourse[];
  notes?: { when: string; text: Texts }[];
  confidence: string;
  sources: string[];
  uncertain?: Texts;
}

interface TimelineProgramme {
  as_of: string;
  law: string[];
  sources: string[];
  live_interval: TimelineInterval;
  notes: Texts[];
  vaccines: TimelineVaccine[];
}

interface TimelineCheckup {
  id: string;
  name: Texts;
  window: TimelineWindow;
  law: string;
  mandatory?: boolean;
  as_of: string;
  confidence: string;
  sources: string[];
  note?: Texts;
  uncertain?: Texts;
  /** the window is the municipality's own */
  own?: { source: Texts; url?: string };
}

/** /timeline.json */
interface TimelineFile {
  version: number;
  programme?: TimelineProgramme;
  checkups: TimelineCheckup[];
  sources?: { id: string; title: Texts; url?: string; date?: string }[];
}

/** What a family told of one child; days are YYYY-MM-DD. */
interface TimelineChild {
  birth: string;
  sex?: string;
  /** id of a vaccine -> days, in the order they were told */
  given: Record<string, string[]>;
  /** 1 or 5; 0 when not known */
  rotaType?: number;
  /** due date of a pregnancy */
  edd?: string;
  /** a shortage of vaccine kept the child from MR */
  mrShortage?: boolean;
  /** id of a check-up -> the day it was held */
  held?: Record<string, string>;
}

type CountedChild = Required<TimelineChild> & { delivered: string };

type DoseStatus = "not_yet" | "eligible" | "due" | "overdue" | "expired" | "unreachable" | "skipped" | "done" | "ineligible";

interface DoseRow {
  vaccine: string;
  dose: string;
  status: DoseStatus;
  /** first and last day of the law; a dose after a missing one is counted from today on */
  earliest: string | null;
  legal_last: string | null;
  std_from: string | null;
  std_to: string | null;
  series: string | null;
  given: string | null;
  /** `when` of the notes of its vaccine that apply */
  notes: string[];
  /** when it is time for it, if every dose before it is given in its own time: never closer than the interval */
  plan_from: string | null;
  /** last recommended day of that plan */
  plan_to: string | null;
}

interface CheckupRow {
  id: string;
  status: DoseStatus;
  from: string;
  until: string;
  /** the day it was held; only of what is done */
  held?: string;
}

interface TimelineAnswer {
  doses: DoseRow[];
  /** each dose as it was told; words of the codes: timeline.given.<code> */
  given: { vaccine: string; date: string; counted: boolean; dose: string | null; codes: string[] }[];
  checkups: CheckupRow[];
}
