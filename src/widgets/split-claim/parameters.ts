// One setting, so that the question has one answer; the planner has the sliders.
export const parameters = {} as const;
