namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>
/// A template cannot go on. The evaluation adds the template's name and the line: see <see cref="ChatTemplateException"/>.
/// </summary>
internal sealed class TemplateFault(string message) : Exception(message)
{
    /// <summary>Whether the template itself raised it, with <c>raise_exception</c>.</summary>
    public bool Raised { get; init; }
}
