using System.Text.Json;
using FsCheck.Fluent;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Tokenizers;

public sealed class AssistantTurnLaws
{
    private const string ChatMl =
        "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<end>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

    // Writes thoughts only after the last user's message, as Qwen 3 does.
    private const string Forgetful =
        "{% set ns = namespace(last=-1) %}"
        + "{% for m in messages %}{% if m.role == 'user' %}{% set ns.last = loop.index0 %}{% endif %}{% endfor %}"
        + "{% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' and loop.index0 > ns.last %}<think>{% endif %}"
        + "{{ m.content.split('/')[-1] }}<end>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

    [Theory]
    [InlineData(ChatMl)]
    [InlineData(Forgetful)]
    public void A_turn_is_what_follows_the_generation_prompt_through_the_end_of_the_turn(string source)
    {
        ChatTemplate template = ChatTemplate.Parse(source, "t");
        Laws.Hold(
            from count in Gen.Choose(1, 6)
            from roles in Gen.ArrayOf(Gen.Elements("user", "assistant", "tool"), count)
            from contents in Gen.ArrayOf(Laws.TextOf("ab/<end>\n |", 6), count)
            select roles.Zip(contents, (role, content) => new ChatMessage(role, content)).ToArray(),
            messages =>
            {
                ChatRendering rendering = template.RenderTurns(messages);
                string[] turns = [.. rendering.Turns.Select(turn => rendering.Text.Substring(turn.Start, turn.Length))];
                int last = Array.FindLastIndex(messages, message => message.Role == "user");
                string Written(ChatMessage message, int index) => source == ChatMl
                    ? $"{message.Text}<end>\n"
                    : $"{(index > last ? "<think>" : "")}{message.Text.Split('/')[^1]}<end>\n";
                return rendering.Text == template.Render(messages) && turns.SequenceEqual(
                    messages.Index().Where(item => item.Item.Role == "assistant").Select(item => Written(item.Item, item.Index)));
            },
            count: 300);
    }

    [Fact]
    public void Marked_turns_are_those_that_the_template_marks()
    {
        ChatTemplate template = ChatTemplate.Parse(
            "{% for m in messages %}[{{ m.role }}]{% if m.role == 'assistant' %}{% generation %}{{ m.content }}!{% endgeneration %}"
                + "{% else %}{{ m.content }}{% endif %}{% endfor %}",
            "t");
        ChatRendering rendering = template.RenderTurns([new("user", "a"), new("assistant", "b"), new("user", "c"), new("assistant", "dd")]);
        Assert.Equal("[user]a[assistant]b![user]c[assistant]dd!", rendering.Text);
        Assert.Equal(["b!", "dd!"], rendering.Turns.Select(turn => rendering.Text.Substring(turn.Start, turn.Length)));
    }

    [Fact]
    public void A_template_that_mixes_turns_is_refused_by_the_number_of_the_message()
    {
        ChatTemplate template = ChatTemplate.Parse("{% for m in messages[::-1] %}{{ m.role }}{{ m.content }}{% endfor %}", "t");
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(
            () => template.RenderTurns([new("user", "a"), new("assistant", "b"), new("user", "c")]));
        Assert.Contains("message 2", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Qwen_3_keeps_of_earlier_turns_what_its_whole_text_keeps()
    {
        using var settings = JsonDocument.Parse(PublishedTemplates.Settings("qwen3"));
        ChatTemplate template = ChatTemplate.FromFiles(
            new Dictionary<string, string> { ["tokenizer_config.json"] = settings.RootElement.GetRawText() })!;
        ChatRendering rendering = template.RenderTurns(
        [
            new("user", "q"), new("assistant", "<think>\nhm\n</think>\n\none"), new("tool", "t"), new("assistant", "two"),
            new("user", "r"), new("assistant", "<think>\nso\n</think>\n\nthree"),
        ]);
        Assert.Equal(
            ["one<|im_end|>\n", "two<|im_end|>\n", "<think>\nso\n</think>\n\nthree<|im_end|>\n"],
            rendering.Turns.Select(turn => rendering.Text.Substring(turn.Start, turn.Length)));
    }
}
