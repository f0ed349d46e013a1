using FsCheck.Fluent;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Tokenizers.Pretrained;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Datasets;

/// <summary>What a survey says of a dataset.</summary>
public class SurveyLaws
{
    [Theory]
    [InlineData("prompt,completion", DatasetKind.Sft)]
    [InlineData("answer,note,prompt", DatasetKind.Prompts)]
    [InlineData("prompt,chosen,rejected", DatasetKind.Preferences)]
    [InlineData("prompt,chosen,rejected,margin", DatasetKind.Preferences)]
    [InlineData("prompt,completion,reward", DatasetKind.Scored)]
    [InlineData("prompt,completion_1,completion_2", DatasetKind.Rankings)]
    [InlineData("prompt,completion,label", DatasetKind.Unpaired)]
    [InlineData("prompt,completion,step_labels", DatasetKind.Steps)]
    public void The_header_tells_the_kind(string header, DatasetKind kind)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(kind, DatasetSurveyor.KindOf(folder.Write("a.csv", $"\ufeff{header}\r\n"), new ColumnNames()));
        string renamed = folder.Write("b.csv", header.Replace("prompt", "question", StringComparison.Ordinal) + "\n");
        Assert.Equal(kind, DatasetSurveyor.KindOf(renamed, new ColumnNames { Prompt = "question" }));
        Assert.Contains(
            "row 1: found the columns",
            Assert.Throws<InputException>(() => DatasetSurveyor.KindOf(renamed, new ColumnNames())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_are_those_of_the_sorted_rows()
    {
        using var folder = new TemporaryFolder();
        Laws.Hold(
            from lengths in Gen.ListOf(Gen.Choose(1, 30))
            where lengths.Count > 0
            select lengths.ToArray(),
            lengths =>
            {
                string file = folder.Write(
                    "a.csv",
                    "prompt,completion\n" + string.Concat(lengths.Select(length => $"{new string('é', length)},bb\n")));
                DatasetSurvey survey = DatasetSurveyor.Run(file, new SurveyRequest());
                int[] sorted = [.. lengths.Order()];
                int Rank(double part) => sorted[(int)Math.Ceiling(part * sorted.Length) - 1];
                return survey.Rows == lengths.Length
                    && survey.Lengths[0] == new LengthSummary("prompt", sorted[0], Rank(0.5), Rank(0.95), sorted[^1], sorted.Sum())
                    && survey.Lengths[2] == new LengthSummary(
                        "whole",
                        sorted[0] + 3,
                        Rank(0.5) + 3,
                        Rank(0.95) + 3,
                        sorted[^1] + 3,
                        sorted.Sum() + (3 * sorted.Length));
            },
            count: 200);
    }

    [Fact]
    public void Repeated_prompts_and_rows_are_counted()
    {
        using var folder = new TemporaryFolder();
        DatasetSurvey survey = DatasetSurveyor.Run(
            folder.Write("a.csv", "prompt,answer,note\na,1,x\na,1,y\na,1,x\nb,1,x\na,2,x\n"),
            new SurveyRequest());
        Assert.Equal((5, 3, 1), (survey.Rows, survey.RepeatedPrompts, survey.RepeatedRows));
        Assert.Equal(["note"], survey.Fields);
        Assert.Equal("12ab", survey.Characters);
        Assert.Empty(survey.Problems);
    }

    [Fact]
    public void Prompts_of_another_file_are_found_whatever_their_case_and_white_space()
    {
        using var folder = new TemporaryFolder();
        string train = folder.Write("train.csv", "prompt,completion\n  What  is\tit? ,a\nElse,b\n");
        string eval = folder.Write("eval.csv", "answer,prompt\nz,other\na,what is IT?\n");
        DatasetSurvey survey = DatasetSurveyor.Run(train, new SurveyRequest { Against = eval });
        Assert.Equal(1, survey.SharedPrompts);
        Assert.Equal(
            $"{train}, row 2, column prompt: found \"  What  is⇥it? \", which is in {eval}, row 3, as well; expected a prompt that "
                + "the other file does not have.",
            Assert.Single(survey.Problems).ToString());
        Assert.Equal(
            0,
            DatasetSurveyor.Run(
                train,
                new SurveyRequest { Against = folder.Write("free.csv", "prompt,answer\nwhatis it?,a\n") }).SharedPrompts);
    }

    [Fact]
    public void Numbers_and_labels_are_summed_up()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(
            new NumberSummary("reward", -1, 0.5, 2),
            DatasetSurveyor.Run(folder.Write("a.csv", "prompt,completion,reward\na,b,2\na,c,-1\n"), new SurveyRequest()).Numbers);
        Assert.Equal(
            new NumberSummary("margin", 1, 2, 3),
            DatasetSurveyor.Run(folder.Write("b.csv", "prompt,chosen,rejected,margin\na,b,c,3\na,c,d,1\n"), new SurveyRequest()).Numbers);
        Assert.Null(DatasetSurveyor.Run(folder.Write("c.csv", "prompt,chosen,rejected\na,b,c\n"), new SurveyRequest()).Numbers);
        Assert.Equal(
            2,
            DatasetSurveyor.Run(folder.Write("d.csv", "prompt,completion,label\na,b,1\na,c,bad\na,d,good\n"), new SurveyRequest()).Good);
    }

    [Fact]
    public void A_tokenizer_counts_and_refuses()
    {
        using var folder = new TemporaryFolder();
        var checks = new DatasetChecks { Tokenizer = new CharacterTokenizer("ab"), Context = 4 };
        DatasetSurvey survey = DatasetSurveyor.Run(
            folder.Write("a.csv", "prompt,completion\na,b\nx,b\naa,bb\na,\n"),
            new SurveyRequest { Checks = checks });
        Assert.Equal((1, 3), (survey.Rows, survey.Problems.Count));
        Assert.Equal([3, 4, 5], survey.Problems.Select(problem => problem.Row));
    }

    [Fact]
    public void A_sequence_has_as_many_tokens_in_the_checks_as_in_training()
    {
        using var folder = new TemporaryFolder();
        Laws.Hold(
            from made in Gen.Elements(MadeTokenizers.Characters, MadeTokenizers.Bytes)
            from texts in Gen.ArrayOf(Gen.Elements("the", " the", "and ", "x", "日本"), 4)
            select (made, prompt: texts[0] + texts[1], completion: texts[2] + texts[3]),
            sample =>
            {
                string file = folder.Write("a.csv", $"prompt,completion\n{sample.prompt},{sample.completion}\n");
                var reading = new StageReading(sample.made, 100, new ColumnNames(), new DatasetMemory(), [], null);
                TokenSequence trained = reading.Encode(sample.prompt, sample.completion);
                var checks = new DatasetChecks { Tokenizer = sample.made, Context = trained.Tokens.Length };
                DatasetSurvey fits = DatasetSurveyor.Run(file, new SurveyRequest { Checks = checks });
                DatasetChecks shorter = checks with { Context = checks.Context - 1 };
                DatasetSurvey isLong = DatasetSurveyor.Run(file, new SurveyRequest { Checks = shorter });
                return fits.Problems.Count == 0
                    && isLong.Problems.Count == 1
                    && fits.Lengths[0].Most == trained.PromptLength
                    && fits.Lengths[2].Most == trained.Tokens.Length;
            },
            count: 200);
    }

    [Fact]
    public void A_name_for_a_column_that_the_kind_does_not_have_is_refused()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("a.csv", "prompt,completion\na,b\n");
        Assert.Equal(
            $"{file}, columns.answer: found \"x\", which sft data does not have; expected only prompt, messages, system, completion.",
            Assert.Throws<InputException>(
                () => DatasetSurveyor.Run(
                    file,
                    new SurveyRequest { Checks = new DatasetChecks { Columns = new ColumnNames { Answer = "x" } } })).Message);
    }
}
