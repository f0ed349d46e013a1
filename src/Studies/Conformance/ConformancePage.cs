namespace RlCore.Studies.Conformance;

/// <summary>docs/conformance.md: how the library is compared with its peers, and where it departs from them on purpose.</summary>
public static class ConformancePage
{
    /// <summary>The page, from the table of departures that the comparison itself reads.</summary>
    public static string Text { get; } = $"""
        # Conformance

        The numbers in `tests/Properties/vectors` were made by running the peers' own code (TRL, verl, OpenRLHF, open-instruct,
        rlax, Hugging Face transformers, PyTorch); each file names its source. The library reproduces every field but those
        named below, values and gradients, to a relative 1e-9 or an absolute 1e-12 in double, at the convention that the
        file states: a peer's convention is an option or a preset here. A file of numbers printed in single precision states its
        own tolerance, at most 1e-3, and a table printed to two digits is compared to 1e-2. Where a difference that is zero but
        for rounding is divided by a small ε (equal values whitened, equal rewards over their deviation), the bound is a few
        roundings over ε. The line of a file shows the loosest tolerance of its fields.

        ```
        rlcore vectors tests/Properties/vectors
        ```

        prints a line a file, and fails on a file or a field that it does not know, and on a file that compares nothing.

        ## Departures

        A peer's mistake is not copied into the library. The comparison alone knows it: where a field below does not agree with the
        library, it must agree with the peer's formula, mistake included. What departs, and the law that shows the library's value
        to be right:

        {ConformanceRunner.DeparturesTable()}
        This page is written by `rlcore vectors tests/Properties/vectors --write docs/conformance.md`; a test compares it.

        """;
}
