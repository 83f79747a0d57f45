"""The Spanish slots and sentence templates; `sentences.py` fills them in.

A slot holds choices split by `|` (a choice may name further slots), or the bounds of a number to
spell out. Their order is part of the corpus: seeds reproduce the sentences only while it stays.
"""

SLOTS: dict[str, str | tuple[int, int]] = {
    "name": (
        "Ana|Pedro|María|Juan|Sara|David|Laura|Miguel|Elena|Daniel|Julia|Roberto|Carlos|Lucía|"
        "Tomás|Carmen|Marcos|Sofía|Pablo|Alicia"
    ),
    "city": (
        "Londres|París|Madrid|Berlín|Bogotá|Lima|Sevilla|Lisboa|Roma|México|Valencia|Bilbao|"
        "Barcelona|Granada|Quito"
    ),
    "day": "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
    "month": ("enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"),
    "count": (2, 100),
    "number": (0, 100),
    "hour": (2, 12),
    "degrees": (2, 39),
    "month_day": (2, 31),
    "day_part": "por la mañana|por la tarde|por la noche",
    "when": (
        "hoy|mañana|esta noche|la próxima semana|el próximo mes|el {day}|esta tarde|en {month}|"
        "antes del mediodía|después de comer|ahora mismo|cada {day}|a las {hour}|"
        "el {day} a las {hour}|en unos minutos|a finales de mes"
    ),
    "past": (
        "ayer|la semana pasada|el {day} pasado|el mes pasado|esta mañana|en {month}|"
        "hace {count} minutos|hace unos días|hace dos años"
    ),
    "team": (
        "equipo de ventas|equipo de soporte|equipo de diseño|equipo de finanzas|equipo legal|"
        "equipo de producto|equipo entero"
    ),
    "document_m": ("informe|contrato|presupuesto|plan|resumen|correo|documento|mensaje|texto|proyecto"),
    "document_f": "factura|propuesta|agenda|presentación|lista|grabación|carta|nota",
    "document": "el {document_m}|la {document_f}",
    "a_document": "un {document_m}|una {document_f}",
    "thing_m": (
        "pedido|teléfono|ordenador|paquete|pago|servidor|micrófono|coche|billete|archivo|libro|problema"
    ),
    "thing_f": (
        "cuenta|pantalla|impresora|contraseña|aplicación|red|cámara|puerta|llave|batería|mesa|ventana"
    ),
    "thing": "el {thing_m}|la {thing_f}",
    "my": "mi {thing_m}|mi {thing_f}",
    "your": "su {thing_m}|su {thing_f}",
    "adjective": (
        "importante|interesante|difícil|fácil|diferente|grande|inteligente|increíble|normal|"
        "urgente|útil|posible"
    ),
    "adjective_m": (
        "nuevo|viejo|pequeño|largo|corto|caro|barato|bueno|perfecto|extraño|sencillo|{adjective}"
    ),
    "adjective_f": (
        "nueva|vieja|pequeña|larga|corta|cara|barata|buena|perfecta|extraña|sencilla|{adjective}"
    ),
    "topic": (
        "la tecnología|la historia|la música|la ciencia|la salud|el deporte|los viajes|la comida|"
        "el arte|la naturaleza|la economía|la política|la educación|la energía|el clima|"
        "el idioma|el espacio|el dinero|los libros|el cine"
    ),
    "person": (
        "mi hermano|mi hermana|nuestro jefe|el cliente|el médico|la profesora|la ingeniera|"
        "el conductor|mi vecino|la directora|nuestra invitada|un amigo mío|la abogada|"
        "el estudiante"
    ),
    "subject": "{name}|{person}|{name}|el {team}",
    "place": (
        "la oficina|la estación|la escuela|la biblioteca|la cocina|la playa|la plaza|la tienda|"
        "la calle principal"
    ),
    "place_m": ("hotel|aeropuerto|restaurante|hospital|mercado|museo|parque|banco|jardín|río|puente|teatro"),
    "at": "en {place}|en el {place_m}",
    "to": "a {place}|al {place_m}",
    "where": "{place}|el {place_m}",
    "food": ("café|té|pan|pescado|arroz|sopa|queso|fruta|pollo|chocolate|ensalada|agua|vino|leche"),
    "colour_m": "rojo|azul|verde|amarillo|negro|blanco|gris|marrón",
    "colour_f": "roja|azul|verde|amarilla|negra|blanca|gris|marrón",
    "weather": "lluvia|nieve|viento|nubes|sol|niebla|tormentas",
    "outlook": "soleado|nublado|lluvioso|frío|seco|húmedo|tranquilo",
    "direction": "norte|sur|este|oeste|centro",
    "infinitive": (
        "revisar|enviar|leer|cambiar|terminar|abrir|cerrar|mover|firmar|imprimir|compartir|"
        "explicar|preparar|cancelar|discutir"
    ),
    "preterite": (
        "revisó|envió|leyó|cambió|terminó|abrió|cerró|movió|firmó|imprimió|compartió|explicó|preparó|canceló"
    ),
    "participle": ("revisado|enviado|leído|cambiado|terminado|abierto|cerrado|firmado|compartido|preparado"),
    "animal": "perro|gato|caballo|pájaro|pez|conejo|oso",
    "adverb": "siempre|nunca|casi siempre|a veces|normalmente|todavía|también",
    "opener": (
        "Bueno|Sí|No|Vale|Entonces|Claro|Mira|Oye|Por cierto|Sinceramente|En mi opinión|Primero|"
        "Por desgracia|Tal vez|Como sabes|Gracias, {name}|Hola, {name}|Mire, {name}"
    ),
}

TEMPLATES = """
La reunión empieza el {day} a las {hour}.
La reunión con {subject} empieza {when}.
{subject} va a {infinitive} {document} {when}.
{subject} {preterite} {document} {past}.
Tenemos que {infinitive} {document} {when}.
¿Puedes {infinitive} {document} {when}?
¿Puede usted {infinitive} {document}, por favor?
Por favor, hay que {infinitive} {document} antes del {day}.
Hay que mandar {document} a {name}.
{name} {preterite} {document}, pero {subject} no lo sabía.
¿Quién {preterite} {document} {past}?
{name} y {name} han {participle} {document}.
Bienvenidos a un nuevo episodio sobre {topic} y {topic}.
Bienvenidos otra vez al programa, me llamo {name}.
Hoy hablamos de {topic} con {name} desde {city}.
Nuestra invitada de hoy es {name}, que vive en {city}.
En este episodio hablamos de {topic}, {topic} y {topic}.
Gracias por escuchar, y hasta el {day}.
Este programa trata sobre {topic}, y {adverb} es muy {adjective}.
El próximo episodio sale el {day} a las {hour}.
{name} escribió un libro {adjective_m} sobre {topic}.
Creo que {topic} es más {adjective} que {topic}.
¿Qué piensas de {topic}, {name}?
{my} no funciona, ¿me puede ayudar?
Hola, me llamo {name} y tengo un problema con {my}.
{thing} no funciona desde el {day}.
Quiero cambiar {my} {when}.
{your} llegará el {day}.
{your} cuesta {count} euros con {count} céntimos.
El {thing_m} {adjective_m} cuesta {count} euros.
La {thing_f} {adjective_f} cuesta {count} pesos.
El número de {your} es {number}, {number}, {number}.
Mi número es el {number}, {number}, {number}, {number}.
Espere un momento, voy a {infinitive} {document}.
¿Me dice su nombre y su número, por favor?
¿En qué puedo ayudarle {when}?
Lo siento, {thing} es {adjective} y no podemos hacer nada.
El tiempo en {city} es {outlook} y {outlook}.
Mañana estará {outlook} en el {direction} y {outlook} en el {direction}.
Esperamos {weather} y {weather} en {city} {when}.
La temperatura en {city} es de {degrees} grados.
En {city} hacía {degrees} grados {past}.
En la fiesta hubo {food}, {food} y mucha música.
Hay {weather} en el {direction} del país.
El tren de {city} a {city} sale a las {hour}.
El vuelo a {city} sale el {day} a las {hour} {day_part}.
{subject} viaja a {city} {when}.
{subject} fue de {city} a {city} {past}.
{name} nació en {city} el {month_day} de {month}.
La fiesta es el {month_day} de {month} {at}.
{where} está cerca de {place}.
{where} abre a las {hour} y cierra a las {hour}.
Tomamos {food} con {food} {at} {past}.
Quiero un poco de {food} con {food}, por favor.
{subject} {adverb} come {food} {day_part}.
El {thing_m} {colour_m} está en la mesa {colour_f}.
El {animal} {colour_m} y el {animal} {colour_m} están {at}.
{name} tiene {count} libros y una {thing_f} {colour_f}.
Hay {count} personas {at} {when}.
Solo vinieron {count} personas {to} {past}.
Las ventas crecieron un {count} por ciento en {month}.
El precio pasó de {count} a {count} euros {past}.
El {team} tiene {count} personas en {city}.
El {team} necesita {a_document} {when}.
{subject} dijo que {document} era muy {adjective}.
{subject} está {adverb} {at} {day_part}.
{subject} perdió {thing} {at} {past}.
Yo {adverb} escucho programas sobre {topic} {day_part}.
Nos vemos {at} a las {hour}.
Vamos a hablar de {document} {when}.
Vamos a {infinitive} la página {count}.
La respuesta es {number}.
La pregunta sobre {topic} era muy {adjective}.
Es {adjective}, pero no es {adjective}.
¿Por qué es tan {adjective} {thing}?
¿Dónde está {thing}?
¿Dónde está {where} en {city}?
¿Cuándo abre {where} {when}?
¿Cuántas personas viven en {city}?
Todos saben que {topic} es {adjective}.
Nadie {preterite} {document} {past}.
Mi familia tiene un {animal} {colour_m} y {count} pájaros.
Los niños juegan con el {animal} {at}.
{name} preguntó a {name} por {document}.
{name} llamó a {name} {past}.
Gire a la izquierda y camine hasta {where}.
Después de {count} minutos llegamos {to}.
Trabajo en {city} desde hace {count} años.
El informe tiene {count} páginas y {count} fotos.
Primero hay que {infinitive} {document}, luego hay que {infinitive} {document}.
"""
