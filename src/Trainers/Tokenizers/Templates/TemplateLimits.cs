using System.Runtime.CompilerServices;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>
/// How much a template may do. A template comes with a model from anywhere: it must end, in bounded memory, whatever it says.
/// </summary>
internal sealed class TemplateLimits(long input)
{
    /// <summary>Longest template, in characters.</summary>
    public const int LongestSource = 1 << 20;

    /// <summary>Deepest nesting of tags and brackets.</summary>
    public const int DeepestSource = 100;

    /// <summary>Most items of a range, as in jinja2's sandbox.</summary>
    public const int LongestRange = 100_000;

    // Calls of macros, expressions within expressions, and values within values, when a template runs: whether a template ends is
    // not to depend on the stack of the thread.
    private const int Deepest = 1000;

    private const long MostSteps = 20_000_000;

    // Characters of texts that may be made: so many at least, and so many for each character of the messages.
    private const long LeastText = 4 << 20;
    private const int TextPerInput = 64;

    private readonly long _mostText = LeastText + (TextPerInput * input);
    private long _steps;
    private long _text;
    private int _depth;

    /// <summary>Fails, with an error that can be caught, before the stack overflows.</summary>
    public static void CheckStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateFault("values or calls are nested too deeply");
        }
    }

    /// <summary>Counts work; a step is about the evaluation of one expression.</summary>
    public void Step(long count = 1)
    {
        _steps += count;
        if (_steps > MostSteps)
        {
            throw new TemplateFault($"the template takes more than {MostSteps:N0} steps");
        }
    }

    /// <summary>Counts the characters of a text before it is made, and the items of a list as four characters each.</summary>
    public void Text(long characters)
    {
        _text += characters;
        Step(characters / 16);
        if (_text > _mostText)
        {
            throw new TemplateFault($"the template makes more than {_mostText:N0} characters of text");
        }
    }

    /// <summary>Counts the work of a search.</summary>
    public void Search(string text, string part) => Step((text.Length + ((long)text.Length * part.Length / 256)) / 16);

    /// <summary>Goes one level deeper.</summary>
    public void Enter()
    {
        CheckStack();
        if (++_depth > Deepest)
        {
            throw new TemplateFault($"expressions, calls and values are nested more than {Deepest} deep");
        }
    }

    /// <summary>Goes back one level.</summary>
    public void Leave() => _depth--;
}
