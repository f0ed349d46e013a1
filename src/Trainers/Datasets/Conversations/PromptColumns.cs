namespace RlCore.Trainers.Datasets;

/// <summary>Where a file's prompts are: in a column of prompts, perhaps with one of system messages, or in one of conversations.</summary>
internal static class PromptColumns
{
    /// <summary>The columns of a file.</summary>
    /// <param name="checks">The names, and whether there is a chat template.</param>
    /// <param name="header">The file's header.</param>
    /// <param name="columns">The columns of a file with prompts, the prompt first.</param>
    /// <param name="kind">What a row is.</param>
    public static TableColumn[] Of(DatasetChecks checks, IReadOnlyList<string> header, TableColumn[] columns, DatasetKind kind)
    {
        if (AreConversations(checks.Columns, header))
        {
            TableColumn[] others = columns[1..];
            bool isWhole = kind == DatasetKind.Sft && !header.Contains(columns[1].Name);
            return [new(checks.Columns.Messages), .. isWhole ? [columns[1] with { Optional = true }] : others];
        }

        string system = checks.Columns.System;
        bool hasSystem = checks.Chat is not null && header.Contains(system) && columns.All(column => column.Name != system);
        return hasSystem ? [.. columns, new(system, Optional: true)] : columns;
    }

    /// <summary>Whether the rows of a file are conversations: it has a column of messages, and none of prompts.</summary>
    /// <param name="names">The names of the columns.</param>
    /// <param name="header">The file's header.</param>
    public static bool AreConversations(ColumnNames names, IReadOnlyList<string> header) =>
        header.Contains(names.Messages) && !header.Contains(names.Prompt);
}
