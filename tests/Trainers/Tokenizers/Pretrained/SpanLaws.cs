using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Tests.Tokenizers.Pretrained;

/// <summary>Where tokens lie in a text that was rewritten before it was cut.</summary>
public class SpanLaws
{
    private const string Plain = "\"normalizer\": null";

    [Theory]
    [InlineData(Plain, "x👍x", "0-1 1-3 1-3 1-3 1-3 3-4")]
    [InlineData("\"normalizer\": { \"type\": \"NFC\" }", "xe\u0301x", "0-1 1-3 1-3 3-4")]
    [InlineData(
        "\"normalizer\": { \"type\": \"Replace\", \"pattern\": { \"String\": \"th\" }, \"content\": \"T\" }", "xthx", "0-1 1-3 3-4")]
    [InlineData(
        "\"normalizer\": { \"type\": \"Replace\", \"pattern\": { \"String\": \"x\" }, \"content\": \"QZ\" }", "xJx", "0-1 0-1 1-2 2-3 2-3")]
    [InlineData("\"normalizer\": { \"type\": \"Prepend\", \"prepend\": \"Q\" }", "xJ", "0-0 0-1 1-2")]
    public void A_token_lies_over_all_that_it_stands_for(string normalizer, string text, string spans) =>
        Assert.Equal(spans, Spans(json => json.Replace(Plain, normalizer, StringComparison.Ordinal), text));

    [Theory]
    [InlineData("normalized", "x <|im_end|> x", "0-1 1-2 2-12 12-14")]
    [InlineData("lstrip", "x <|im_end|> x", "0-1 1-12 12-14")]
    [InlineData("rstrip", "x <|im_end|> x", "0-1 1-2 2-13 13-14")]
    public void An_added_token_lies_over_its_text_and_the_space_that_it_strips(string flag, string text, string spans) => Assert.Equal(
        spans,
        Spans(json => json.Replace($"\"{flag}\": false", $"\"{flag}\": true", StringComparison.Ordinal), text));

    private static string Spans(Func<string, string> change, string text)
    {
        string json = MadeTokenizers.OfBytes[TokenizerFile.FileName];
        string changed = change(json);
        PretrainedTokenizer tokenizer =
            PretrainedTokenizer.Parse(MadeTokenizers.OfBytes.With(TokenizerFile.FileName, changed), "made");
        tokenizer.Encode(text, out TokenSpan[] spans);
        return string.Join(' ', spans.Select(span => $"{span.Start}-{span.End}"));
    }
}
