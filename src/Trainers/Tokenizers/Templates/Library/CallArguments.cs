namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>The arguments of a call.</summary>
/// <param name="Positional">Those without a name.</param>
/// <param name="Named">Those with a name.</param>
internal sealed record CallArguments(IReadOnlyList<object?> Positional, IReadOnlyList<KeyValuePair<string, object?>> Named)
{
    /// <summary>Stands for an argument that was not given.</summary>
    public static readonly object Missing = new();

    /// <summary>No arguments.</summary>
    public static CallArguments None { get; } = new([], []);

    /// <summary>The arguments in the order of the parameters.</summary>
    /// <param name="function">Who takes them, for messages.</param>
    /// <param name="parameters">The names of the parameters.</param>
    /// <returns>One for each parameter; <see cref="Missing"/> where none was given.</returns>
    public object?[] Bind(string function, params ReadOnlySpan<string> parameters)
    {
        if (Positional.Count > parameters.Length)
        {
            throw new TemplateFault($"{function} takes {parameters.Length} arguments, but {Positional.Count} were given");
        }

        var bound = new object?[parameters.Length];
        Array.Fill(bound, Missing);
        for (int i = 0; i < Positional.Count; i++)
        {
            bound[i] = Positional[i];
        }

        foreach (var (name, value) in Named)
        {
            int place = parameters.IndexOf(name);
            if (place < 0 || bound[place] != Missing)
            {
                throw new TemplateFault($"{function} got {(place < 0 ? "an unexpected" : "twice the")} argument '{name}'");
            }

            bound[place] = value;
        }

        return bound;
    }
}
