using FsCheck.Fluent;
using RlCore.Trainers.Serving;

namespace RlCore.Trainers.Tests.Serving;

/// <summary>A stopping text is found wherever the pieces of a text are cut.</summary>
public sealed class StopMatcherLaws
{
    [Fact]
    public void What_is_told_ends_before_the_first_stopping_text() => Laws.Hold(
        from text in Laws.TextOf("ab", 14)
        from stops in Gen.ListOf(Laws.TextOf("ab", 4), 3)
        from cuts in Gen.ListOf(Gen.Choose(1, 4), 14)
        select (text, stops: stops.Where(stop => stop.Length > 0).ToArray(), cuts: cuts.ToArray()),
        one =>
        {
            var matcher = new StopMatcher(one.stops);
            string told = "";
            int at = 0;
            for (int i = 0; at < one.text.Length; i++)
            {
                int next = Math.Min(one.text.Length, at + (i < one.cuts.Length ? one.cuts[i] : 1));
                told += matcher.Append(one.text[at..next]);
                at = next;

                // Nothing is held back that cannot begin a stopping text.
                string held = one.text[told.Length..at];
                bool mayBegin = one.stops.Any(stop => held.Length < stop.Length && stop.StartsWith(held, StringComparison.Ordinal));
                if (!matcher.HasStopped && !mayBegin && held.Length > 0)
                {
                    return false;
                }
            }

            bool stopped = matcher.HasStopped;
            told += matcher.Finish();
            bool comes = one.stops.Any(stop => one.text.Contains(stop, StringComparison.Ordinal));

            // A text that ends in an earlier piece stops before one that begins earlier and ends later.
            return stopped == comes && (!comes ? told == one.text : one.text.StartsWith(told, StringComparison.Ordinal)
                && one.stops.Any(stop => one.text[told.Length..].StartsWith(stop, StringComparison.Ordinal))
                && !one.stops.Any(stop => told.Contains(stop, StringComparison.Ordinal)));
        });
}
