namespace RlCore.Studies.Conformance;

/// <summary>docs/conformance.md: how the library is compared with its peers, and where it departs from them on purpose.</summary>
public static class ConformancePage
{
    /// <summary>The page, from the table of departures that the comparison itself reads.</summary>
    public static string Text { get; } = $"""
        # Conformance

        The numbers in `tests/Properties/vectors` were made by running the peers' own code (TRL, verl, OpenRLHF, open-instruct,
        rlax, Hugging Face transformers, PyTorch); each file names its source. The library reproduces every field but those
        named below, values and gradients, to a relative and absolute 1e-9 in double, at the convention that the file states:
        a peer's convention is an option or a preset here.

        ```
        rlcore vectors tests/Properties/vectors
        ```

        prints a line a file, and fails on a file or a field that it does not know.

        ## Departures

        A peer's mistake is not copied. What departs, and the law that shows the library's value to be right:

        {ConformanceRunner.DeparturesTable()}
        This page is written by `rlcore vectors tests/Properties/vectors --write docs/conformance.md`; a test compares it.

        """;
}
