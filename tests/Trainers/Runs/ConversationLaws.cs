using RlCore.Engines.Managed;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>A conversation answers what a model completes after all that has been said.</summary>
public sealed class ConversationLaws : IDisposable
{
    private const string Template = "{% for message in messages %}{{ message.role[0] }}:{{ message.content }}/{% endfor %}"
        + "{% if add_generation_prompt %}a:{% endif %}";

    private readonly TemporaryFolder _folder = new();
    private readonly ManagedEngine _engine = new();

    [Fact]
    public void Every_answer_completes_what_the_template_makes_of_all_that_has_been_said()
    {
        using var model = TrainedModel.Load(_engine, Model(Template));
        GenerationOptions how = new() { MaxTokens = 5 };
        using var conversation = model.Converse(how);
        Assert.Equal("chat_template.jinja", conversation.Template);
        var said = new List<ChatMessage>();
        void Turn(string user)
        {
            said.Add(new ChatMessage("user", user));
            string prompt = ChatTemplate.Parse(Template, "").Render(said, ChatPrompt.Open);
            (AnswerEnd end, string answer) = Answer(conversation, user);
            Completion expected = model.Generate(prompt, how with { Chat = ChatUse.Off })[0];
            Assert.Equal((expected.Text, expected.Ended ? AnswerEnd.Ended : AnswerEnd.Cut), (answer, end));
            said.Add(new ChatMessage("assistant", answer));
        }

        Turn("a");
        Turn("b");
        conversation.Reset();
        said.Clear();
        Turn("c");
        conversation.Instruct("s");
        said = [new ChatMessage("system", "s")];
        Turn("d");
        conversation.Reset();
        said = [new ChatMessage("system", "s")];
        Turn("e");
        conversation.Instruct("");
        said.Clear();
        Turn("f");
        Assert.Equal((AnswerEnd.None, ""), Answer(conversation, ""));
    }

    [Fact]
    public void What_does_not_fit_or_is_refused_is_forgotten()
    {
        const string Refusal = "{% if messages[-1].content == 'no' %}{{ raise_exception('no') }}{% endif %}";
        using var model = TrainedModel.Load(_engine, Model(Template + Refusal));
        using var conversation = model.Converse(new GenerationOptions { MaxTokens = 3 });
        using var alike = model.Converse(new GenerationOptions { MaxTokens = 3 });
        Assert.Equal(Answer(alike, "a"), Answer(conversation, "a"));
        Assert.Equal((AnswerEnd.TooLong, ""), Answer(conversation, new string('b', 64)));
        Assert.Throws<InputException>(() => Answer(conversation, "no"));
        Assert.Equal(Answer(alike, "c"), Answer(conversation, "c"));
    }

    [Fact]
    public void An_answer_that_fills_the_context_says_so()
    {
        using var model = TrainedModel.Load(_engine, Model(Template));
        using var conversation = model.Converse(new GenerationOptions());
        Assert.Equal(64, conversation.Context);
        Assert.Equal(AnswerEnd.Full, Answer(conversation, "a").End);
        Assert.Equal(AnswerEnd.TooLong, Answer(conversation, "b").End);
        conversation.Reset();
        Assert.Equal(AnswerEnd.Full, Answer(conversation, "a").End);
    }

    [Fact]
    public void An_answer_that_is_stopped_keeps_what_has_been_told_of_it()
    {
        using var model = TrainedModel.Load(_engine, Model(Template));
        GenerationOptions how = new() { MaxTokens = 9 };
        using var conversation = model.Converse(how);
        using var stop = new CancellationTokenSource();
        string answer = "";
        AnswerEnd end = conversation.Answer(
            "a",
            piece =>
            {
                answer += piece;
                if (answer.Length > 1)
                {
                    stop.Cancel();
                }
            },
            stop.Token);
        Assert.Equal(AnswerEnd.Stopped, end);
        Assert.Equal(model.Generate($"u:a/a:{answer}/u:b/a:", how with { Chat = ChatUse.Off })[0].Text, Answer(conversation, "b").Text);
    }

    [Fact]
    public void Without_a_template_each_line_is_by_itself_and_an_empty_one_goes_on()
    {
        using var model = TrainedModel.Load(_engine, Model(""));
        GenerationOptions how = new() { MaxTokens = 4 };
        using var conversation = model.Converse(how);
        Assert.Equal("", conversation.Template);
        Assert.Equal(AnswerEnd.None, Answer(conversation, "").End);
        string first = Answer(conversation, "ab").Text, second = Answer(conversation, "").Text;

        // A character that is cut in two reads as two replacements.
        Assert.Equal(Whole(model.Generate("ab", how with { MaxTokens = 8 })[0].Text), Whole(first + second));
        Assert.Equal(model.Generate("c", how)[0].Text, Answer(conversation, "c").Text);
        Assert.Throws<InputException>(() => model.Converse(how with { Chat = ChatUse.On }));

        static string Whole(string text) => text.Replace("\uFFFD", "", StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _engine.Dispose();
        _folder.Dispose();
    }

    private static (AnswerEnd End, string Text) Answer(Conversation<ManagedTensor> conversation, string said)
    {
        string text = "";
        return (conversation.Answer(said, piece => text += piece, CancellationToken.None), text);
    }

    private string Model(string template)
    {
        string model = RandomModels.Write(Path.Combine(_folder.Path, "model"), "llama");
        if (template.Length > 0)
        {
            File.WriteAllText(Path.Combine(model, "chat_template.jinja"), template);
        }

        return model;
    }
}
