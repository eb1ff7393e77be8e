import { SETTING_RANGES, type SpaceSettings } from "@rostra/wire";

/** The settings as a form has them: numbers are what was typed. */
export interface SettingsForm {
  readonly stageLimit: string;
  readonly floorControl: boolean;
  readonly deadAirSeconds: string;
  readonly hostAwayMinutes: string;
  readonly sound: SpaceSettings["sound"];
}

export type SettingsErrors = Readonly<Partial<Record<keyof SettingsForm, string>>>;

export function toForm(settings: SpaceSettings): SettingsForm {
  return {
    stageLimit: String(settings.stageLimit),
    floorControl: settings.floorControl,
    deadAirSeconds: String(settings.deadAirSeconds),
    // Whole and half minutes are what people think in; a setting of seconds keeps its fraction.
    hostAwayMinutes: String(Math.round((settings.hostAwaySeconds / 60) * 100) / 100),
    sound: settings.sound,
  };
}

/** One sentence for each number that can't be. @param onStage how many are there now */
export function checkSettings(form: SettingsForm, onStage: number): SettingsErrors {
  const errors: Record<string, string> = {};
  const [least, most] = SETTING_RANGES.stageLimit;
  const limit = wholeNumber(form.stageLimit);
  if (limit === null || limit < least || limit > most) {
    errors["stageLimit"] = `A whole number from ${least} to ${most}.`;
  } else if (limit < onStage) errors["stageLimit"] = `${onStage} people are on stage already.`;
  const [, quietest] = SETTING_RANGES.deadAirSeconds;
  const deadAir = wholeNumber(form.deadAirSeconds);
  if (deadAir === null || deadAir > quietest) {
    errors["deadAirSeconds"] = `A whole number from 0 to ${quietest}.`;
  }
  const [shortest, longest] = SETTING_RANGES.hostAwaySeconds;
  const away = awaySeconds(form.hostAwayMinutes);
  if (Number.isNaN(away) || away < shortest || away > longest) {
    errors["hostAwayMinutes"] = `From ${minutes(shortest)} to ${minutes(longest)} minutes.`;
  }
  return errors;
}

/** What differs from the settings as they stand. @param form one without errors */
export function changedSettings(form: SettingsForm, before: SpaceSettings): Partial<SpaceSettings> {
  const wanted: Partial<SpaceSettings> = {
    stageLimit: Number(form.stageLimit),
    floorControl: form.floorControl,
    deadAirSeconds: Number(form.deadAirSeconds),
    // As it was typed before: a rounded view of it is no wish to change it.
    ...(form.hostAwayMinutes === toForm(before).hostAwayMinutes
      ? {}
      : { hostAwaySeconds: awaySeconds(form.hostAwayMinutes) }),
    sound: form.sound,
  };
  const changed = Object.entries(wanted).filter(
    ([key, value]) => before[key as keyof SpaceSettings] !== value,
  );
  return Object.fromEntries(changed);
}

function wholeNumber(text: string): number | null {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : null;
}

function awaySeconds(text: string): number {
  const written = text.trim().replace(",", ".");
  return written === "" ? Number.NaN : Math.round(Number(written) * 60);
}

function minutes(seconds: number): string {
  return String(Math.round((seconds / 60) * 10) / 10);
}
