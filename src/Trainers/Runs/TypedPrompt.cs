using System.Globalization;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Runs;

/// <summary>A prompt that a user typed.</summary>
internal static class TypedPrompt
{
    /// <summary>Its tokens.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="prompt">The prompt.</param>
    /// <exception cref="InputException">A character has no token.</exception>
    public static int[] Encode(ITokenizer tokenizer, string prompt) => tokenizer.TryEncodePrompt(prompt, out int[] tokens, out int unknown)
        ? tokens
        : throw Refuse(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Characters.At(prompt, unknown)} at position {unknown + 1} of {Characters.Quote(prompt)}"),
            $"a character of the model's {tokenizer.Describe()}");

    /// <summary>The problem of a prompt.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="expected">What was expected.</param>
    public static InputException Refuse(string found, string expected) => new(new InputProblem("prompt", 0, "", found, expected));
}
