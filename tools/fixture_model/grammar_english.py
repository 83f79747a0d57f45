"""The English slots and sentence templates; `sentences.py` fills them in.

A slot holds choices split by `|` (a choice may name further slots), or the bounds of a number to
spell out. Their order is part of the corpus: seeds reproduce the sentences only while it stays.
"""

SLOTS: dict[str, str | tuple[int, int]] = {
    "name": (
        "Anna|Peter|Maria|John|Sarah|David|Laura|Michael|Emma|Daniel|Julia|Robert|Carlos|Lucy|"
        "Thomas|Helen|Mark|Sofia|Paul|Alice"
    ),
    "city": (
        "London|Paris|Madrid|Berlin|Boston|Chicago|Dublin|Lisbon|Rome|Toronto|Vienna|Seattle|"
        "Barcelona|Denver|Oslo"
    ),
    "day": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "month": ("January|February|March|April|May|June|July|August|September|October|November|December"),
    "count": (2, 100),
    "number": (0, 100),
    "hour": (1, 12),
    "degrees": (1, 39),
    "month_day": (2, 31),
    "day_part": "morning|afternoon|evening",
    "when": (
        "today|tomorrow|tonight|next week|next month|on {day}|this {day_part}|in {month}|"
        "before noon|after lunch|right now|every {day}|at {hour}|on {day} at {hour}|"
        "in a few minutes|at the end of the month"
    ),
    "past": (
        "yesterday|last week|last {day}|last month|this morning|in {month}|{count} minutes ago|"
        "a few days ago|two years ago"
    ),
    "team": (
        "sales team|support team|design team|finance team|marketing team|legal team|product team|whole team"
    ),
    "document": (
        "report|contract|invoice|budget|plan|proposal|summary|agenda|email|document|presentation|"
        "list|recording|transcript"
    ),
    "thing": (
        "order|account|ticket|phone|computer|screen|printer|password|payment|package|"
        "subscription|application|server|network|website|camera|microphone|car|door|key|battery|"
        "ticket|update|file|folder"
    ),
    "adjective": (
        "new|old|small|large|simple|difficult|important|interesting|useful|expensive|cheap|short|"
        "long|early|late|final|good|great|different|strange|perfect|quiet|beautiful"
    ),
    "topic": (
        "technology|history|music|science|health|sports|travel|food|art|nature|business|politics|"
        "education|energy|climate|language|space|money|books|movies"
    ),
    "person": (
        "my brother|my sister|our manager|the customer|the doctor|the teacher|the engineer|"
        "the driver|my neighbor|the director|our guest|the speaker|a friend of mine|the lawyer|"
        "the student"
    ),
    "subject": "{name}|{person}|{name}|the {team}",
    "place": (
        "office|airport|station|hotel|restaurant|school|hospital|market|library|museum|park|bank|"
        "kitchen|garden|river|bridge|main street|theater|beach"
    ),
    "food": ("coffee|tea|bread|fish|rice|soup|cheese|fruit|chicken|chocolate|salad|water|wine|cake"),
    "colour": "red|blue|green|yellow|black|white|gray|brown|orange",
    "weather": "rain|snow|wind|clouds|sunshine|fog|thunder",
    "outlook": "sunny|cloudy|rainy|windy|cold|warm|hot|dry|wet|foggy",
    "direction": "north|south|east|west|coast|mountains|center",
    "verb": (
        "check|send|read|review|change|finish|open|close|move|sign|print|share|explain|prepare|cancel|discuss"
    ),
    "verb_past": (
        "checked|sent|read|reviewed|changed|finished|opened|closed|moved|signed|printed|shared|"
        "explained|prepared|canceled|discussed"
    ),
    "animal": "dog|cat|horse|bird|fish|cow|rabbit|bear",
    "adverb": "really|always|never|often|usually|probably|finally|slowly|quickly|carefully",
    "opener": (
        "Well|Yes|No|Okay|So|Right|Listen|Of course|By the way|Honestly|In my opinion|"
        "First of all|Unfortunately|Maybe|As you know|Thank you, {name}|Hello, {name}|"
        "Look, {name}"
    ),
}

TEMPLATES = """
The meeting starts on {day} at {hour}.
The meeting with {subject} starts {when}.
{subject} will {verb} the {document} {when}.
{subject} {verb_past} the {document} {past}.
We need to {verb} the {adjective} {document} {when}.
Can you {verb} the {document} {when}?
Please {verb} the {document} before {day}.
Please send the {document} to {subject}.
I {verb_past} the {document} {past}, but {subject} did not see it.
Did {name} {verb} the {document} {past}?
{name} and {name} {verb_past} the {document} together.
Welcome to a new episode about {topic} and {topic}.
Welcome back to the show, my name is {name}.
Today we talk about {topic} with {name} from {city}.
Our guest today is {name}, who lives in {city}.
In this episode we talk about {topic}, {topic} and {topic}.
Thank you for listening, and see you {when}.
This podcast is about {topic}, and it is {adverb} {adjective}.
The next episode comes out on {day} at {hour}.
{name} wrote a {adjective} book about {topic}.
I think {topic} is more {adjective} than {topic}.
What do you think about {topic}, {name}?
My {thing} does not work, can you help me?
Hello, my name is {name} and I have a problem with my {thing}.
The {thing} is not working since {day}.
I want to change my {thing} {when}.
Your {thing} will arrive on {day}.
Your {thing} costs {count} dollars and {count} cents.
The {adjective} {thing} costs {count} euros.
The number of your {thing} is {number}, {number}, {number}.
My number is {number}, {number}, {number}, {number}.
Please wait a moment, I will {verb} your {document}.
Can I have your name and your number, please?
How can I help you {when}?
I am sorry, the {thing} is {adjective} and we cannot change it.
The weather in {city} is {outlook} and {outlook} today.
Tomorrow it will be {outlook} in the {direction} and {outlook} in the {direction}.
We expect {weather} and {weather} in {city} {when}.
The temperature in {city} is {degrees} degrees.
It was {degrees} degrees in {city} {past}.
There was a lot of {weather} in the {direction} {past}.
Take a {colour} coat, because it is {outlook} outside.
The train from {city} to {city} leaves at {hour}.
The flight to {city} leaves on {day} at {hour} in the {day_part}.
{subject} will travel to {city} {when}.
{subject} went from {city} to {city} {past}.
{name} was born in {city} on {month} {month_day}.
The party is on {month} {month_day} at the {place}.
The {place} is near the {place}.
The {place} opens at {hour} and closes at {hour}.
We had {food} and {food} at the {place} {past}.
I would like some {food} with {food}, please.
{subject} {adverb} eats {food} in the {day_part}.
The {colour} {thing} is on the {colour} table.
The {colour} {animal} and the {colour} {animal} are in the {place}.
{subject} has {count} {colour} books and one {colour} {thing}.
There are {count} people at the {place} {when}.
Only {count} people came to the {place} {past}.
Sales grew by {count} percent in {month}.
The price went from {count} to {count} percent {past}.
The {team} has {count} people in {city}.
The {team} needs a {adjective} {document} {when}.
{subject} said that the {document} was {adjective} and {adjective}.
{subject} is {adverb} at the {place} {when}.
{subject} lost the {thing} at the {place} {past}.
I {adverb} listen to {topic} podcasts in the {day_part}.
Let us meet at the {place} at {hour}.
Let us talk about the {document} {when}.
We will {verb} page {count} of the {document}.
The answer is {number}.
The question about {topic} was very {adjective}.
It is {adjective}, but it is not {adjective}.
Why is the {thing} so {adjective}?
Where is the {adjective} {thing}?
Who {verb_past} the {document} {past}?
When does the {place} open {when}?
How many people live in {city}?
Everybody knows that {topic} is {adjective}.
Nobody {verb_past} the {document} {past}.
My family has a {colour} {animal} and {count} birds.
The children play with the {animal} in the {place}.
{name} asked {name} about the {document}.
{name} called {name} {past} about the {thing}.
Turn left at the {place} and then walk to the {place}.
After {count} minutes we arrived at the {place}.
I have worked in {city} for {count} years.
The {document} has {count} pages and {count} pictures.
First we {verb} the {document}, then we {verb} the {thing}.
"""
