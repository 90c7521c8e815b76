/** What the page cannot show, a line each: of the link, as this copy lacks it, and of the data, as a file is missing. */

import { someOf } from "../pure/words";
import { leftOut, problem } from "./state";

const LONGEST = 60;

export function Notices() {
  return (
    <>
      {problem.value && <p class="notice" role="alert">{problem.value}</p>}
      {leftOut.value.length > 0 && (
        <p class="notice" role="status">
          Left out of the link, as this copy does not have it or cannot read it: {someOf(leftOut.value, LONGEST).map((part, place) => (
            <span key={place}>{place > 0 && ", "}<bdi>{part}</bdi></span>
          ))}{" "}
          <button type="button" class="quiet" onClick={() => (leftOut.value = [])}>Close</button>
        </p>
      )}
    </>
  );
}
