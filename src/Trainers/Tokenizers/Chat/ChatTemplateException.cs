namespace RlCore.Trainers.Tokenizers;

/// <summary>
/// A chat template could not render a conversation: the template itself refused it with <c>raise_exception</c>, a value had the wrong
/// type, or a limit on steps, text or depth was reached.
/// </summary>
public sealed class ChatTemplateException : Exception
{
    internal ChatTemplateException(string template, int line, string reason, bool raised)
        : base($"{template}, line {line}: {reason}") => (Template, Line, Reason, RaisedByTemplate) = (template, line, reason, raised);

    /// <summary>The template's name: the file that holds it.</summary>
    public string Template { get; }

    /// <summary>The line of the template, from 1.</summary>
    public int Line { get; }

    /// <summary>What went wrong; the template's own words if it raised the error.</summary>
    public string Reason { get; }

    /// <summary>Whether the template raised the error with <c>raise_exception</c>, as for roles in a wrong order.</summary>
    public bool RaisedByTemplate { get; }
}
