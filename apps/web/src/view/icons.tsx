import type { ComponentChildren } from "preact";

/** Line icons of one family: 24 units, 2 wide, round ends. Always beside words or a label. */
export function Icon(props: { size?: number; children: ComponentChildren }) {
  const size = props.size ?? 24;
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {props.children}
    </svg>
  );
}

export type IconProps = { size?: number };

export const PlayIcon = (props: IconProps) => (
  <Icon {...props}>
    <path
      d="M7 4.6v14.8a.6.6 0 0 0 .9.5l12-7.4a.6.6 0 0 0 0-1L7.9 4.1a.6.6 0 0 0-.9.5Z"
      fill="currentColor"
    />
  </Icon>
);

export const PauseIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M8.5 5v14M15.5 5v14" stroke-width="4" />
  </Icon>
);

export const SoundIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5Z" fill="currentColor" />
    <path d="M15.5 9a4.2 4.2 0 0 1 0 6M18.3 6.2a8.2 8.2 0 0 1 0 11.6" />
  </Icon>
);

export const SoundOffIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5Z" fill="currentColor" />
    <path d="m16 9.5 5 5m0-5-5 5" />
  </Icon>
);

export const MicrophoneOffIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M9 9.5V11a3 3 0 0 0 4.6 2.5M15 10.5V6a3 3 0 0 0-5.6-1.5" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 9.8 5.6M18.5 11.5a6.5 6.5 0 0 1-.6 2.7M12 18v3M4 4l16 16" />
  </Icon>
);

export const ShareIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M12 15V3.5m0 0L7.5 8M12 3.5 16.5 8M5 12.5V19a1.5 1.5 0 0 0 1.5 1.5h11A1.5 1.5 0 0 0 19 19v-6.5" />
  </Icon>
);

export const CloseIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="m6 6 12 12M18 6 6 18" />
  </Icon>
);

export const HandIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M8 12V5.5a1.5 1.5 0 0 1 3 0V11m0-6.5a1.5 1.5 0 0 1 3 0V11m0-5a1.5 1.5 0 0 1 3 0v8.5a6.5 6.5 0 0 1-6.5 6.5c-2.6 0-4-1.2-5.2-3.2L3.4 14a1.5 1.5 0 0 1 2.5-1.6L8 15" />
  </Icon>
);

export const MoreIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="3.5" />
  </Icon>
);

/** The mark: a lectern, and the waves that rise from it. The same drawing as `icon.svg`. */
export function Logo(props: IconProps) {
  const size = props.size ?? 32;
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <g fill="none" stroke="currentColor" stroke-linecap="round">
        <path
          stroke-width="3.2"
          d="M19.2 6.4a9.4 9.4 0 0 1 4.2 9.4M22.6 1.9a14.4 14.4 0 0 1 6.4 15"
        />
        <path stroke-width="5" d="m4.6 18 11.8-6.6" />
        <path stroke-width="4.2" d="M11.4 16.5V28M5.2 28.8h12.4" />
      </g>
    </svg>
  );
}
